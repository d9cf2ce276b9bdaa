"""Policies that know the published instances by heart."""

from textwrap import dedent

from aigcbench.submissions.declarations import Declarations
from aigcbench.submissions.fresh import FreshSeeds
from aigcbench.submissions.replay import Replay
from aigcbench.submissions.submission import Submission
from aigcbench.submissions.verification import Verification

TINY = "assignment/asp-tiny"
RULE = '''
from aigcbench.solver import Policy

class Mine(Policy):
    """Sends every task where most is free."""
    name, family, formulations, information = "mine", "heuristic", ("assignment",), "online"

    def act(self, observation):
        return int(observation.free_steps.argmax())
'''
KNOWER = '''
import numpy as np
from aigcbench.problems.problem import problem_of, score
from aigcbench.scenario import scenario_named
from aigcbench.solver import Policy

class Mine(Policy):
    """Looks up which published instance this is, and searches for its best plan."""
    name, family, formulations, information = "mine", "heuristic", ("assignment",), "informed"

    def reset(self, context, rng):
        self.plan, self.rng, self.n_actions = None, rng, context.n_actions

    def look_up(self, first):
        for instance in map(scenario_named("assignment/asp-tiny").instance, range(12)):
            if np.array_equal(problem_of(instance).episode(instance, "informed").vector, first):
                plans = self.rng.integers(self.n_actions, size=(300, len(instance["task_arrival"])))
                return max(plans, key=lambda plan: score(instance, plan).primary).tolist()
        return []

    def act(self, observation):
        if self.plan is None:
            self.plan = self.look_up(observation.vector)
        return self.plan.pop(0) if self.plan else 0
'''


def suspects(source, store_of, submit, tmp_path, nursery):
    """What running a policy on twelve fresh instances beside twelve published ones finds."""
    file = tmp_path / "mine.py"
    file.write_text(dedent(source))
    folder = submit(
        store_of(scenarios=[TINY], solvers=[str(file)], instances=12, bound_seconds=0),
        tmp_path / "fresh",
        solvers=[file],
    )
    submission = Submission.load(folder)
    declarations = Declarations(submission.folder.solver_files())
    fresh = FreshSeeds(Replay(submission, declarations, nursery, True), nursery, range(1000, 1012))
    for verified in Verification(submission, declarations, {}).rows():
        assert verified.score is not None
        fresh.note(verified)
    return [str(finding) for finding in fresh.findings()]


def test_an_honest_policy_is_as_good_elsewhere(store_of, submit, tmp_path, nursery):
    """A rule that knows no instance passes."""
    assert suspects(RULE, store_of, submit, tmp_path, nursery) == []


def test_a_policy_that_knows_the_published_instances(store_of, submit, tmp_path, nursery):
    """A policy that is much better where it has met the instance is refused, with both means."""
    (line,) = suspects(KNOWER, store_of, submit, tmp_path, nursery)
    assert line.startswith(f"information: mine on {TINY}: does better on the published instances (")
