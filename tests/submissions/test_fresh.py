"""Policies that know the published instances by heart."""

import itertools
from textwrap import dedent

import numpy as np
import pytest

from aigcbench.submissions.declarations import Declarations
from aigcbench.submissions.fresh import SIGNIFICANCE, FreshSeeds, can_refuse, chance_of_better, seeds_needed
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
SEEDED = '''
from aigcbench.solver import Policy

class Mine(Policy):
    """Decides by chance."""
    name, family, formulations, information = "mine", "heuristic", ("assignment",), "online"

    def reset(self, context, rng):
        self.rng, self.n_actions = rng, context.n_actions

    def act(self, observation):
        return int(self.rng.integers(self.n_actions))
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


def fresh_after(source, store_of, submit, tmp_path, nursery, count, instances=12, **plan):
    """Fresh seeds from 1000 on, after all rows of a submission of a policy's source have been noted; the rows."""
    file = tmp_path / "mine.py"
    file.write_text(dedent(source))
    folder = submit(
        store_of(scenarios=[TINY], solvers=[str(file)], instances=instances, bound_seconds=0, **plan),
        tmp_path / "fresh",
        solvers=[file],
    )
    submission = Submission.load(folder)
    declarations = Declarations(submission.folder.solver_files())
    replay = Replay(submission, declarations, nursery, True)
    fresh = FreshSeeds(replay, nursery, count, lambda drawn: range(1000, 1000 + drawn))
    for verified in Verification(submission, declarations, {}).rows():
        fresh.note(verified)
    return fresh


def test_an_honest_policy_is_as_good_elsewhere(store_of, submit, tmp_path, nursery):
    """A rule that knows no instance passes."""
    assert fresh_after(RULE, store_of, submit, tmp_path, nursery, 12).findings() == []


def test_a_policy_that_knows_the_published_instances(store_of, submit, tmp_path, nursery):
    """A policy that is much better where it has met the instance is refused, with both means."""
    (line,) = map(str, fresh_after(KNOWER, store_of, submit, tmp_path, nursery, 12).findings())
    assert line.startswith(f"information: mine on {TINY}: does better on the published instances (")


@pytest.mark.parametrize(("asked", "taken"), [(1, 4), (3, 4), (6, 6)])
def test_as_many_seeds_as_the_test_needs(monkeypatch, asked, taken):
    """Where fewer fresh instances are asked for than can refuse anything, more are taken, and what is worse there is refused."""
    fresh, met = FreshSeeds(None, None, asked, lambda count: list(range(count))), []
    fresh._published["mine", TINY] = {instance: [1.0] for instance in range(10)}
    monkeypatch.setattr(fresh, "_fresh_advantage", lambda key, seed: met.append(seed) or 0.0)
    (line,) = map(str, fresh.findings())
    assert "does better on the published instances (1 better than the reference there, 0 on fresh seeds" in line
    assert met == list(range(taken))


def test_too_few_published_instances():
    """One published instance can never differ by more than chance, and that is said instead of passing it."""
    fresh = FreshSeeds(None, None, 3)
    fresh._published["mine", TINY] = {0: [1.0]}
    (line,) = map(str, fresh.findings())
    assert line == (
        f"information: mine on {TINY}: 1 published instance beside 100 fresh ones cannot decide; "
        "expected 2 published instances or more"
    )


def test_an_instance_counts_once(store_of, submit, tmp_path, nursery):
    """Runs with several seeds are one number an instance, and the same runs are made on a fresh one."""
    fresh = fresh_after(SEEDED, store_of, submit, tmp_path, nursery, 4, instances=10, seeds=[0, 1, 2])
    ((key, instances),) = fresh._published.items()
    assert [len(runs) for runs in instances.values()] == [3] * 10
    assert fresh._fresh_advantage(key, 0) == np.mean(instances[0])
    assert len(set(instances[0])) > 1


@pytest.mark.parametrize("published", [2, 3, 10, 13, 20, 50])
def test_the_least_number_of_seeds(published):
    """With the fewest seeds complete separation is refused, with one less it is not."""
    needed = seeds_needed(published)
    assert chance_of_better([1.0] * published, [0.0] * needed) < SIGNIFICANCE
    assert not can_refuse(published, needed - 1)
    assert chance_of_better([1.0] * published, [0.0] * (needed - 1)) >= SIGNIFICANCE


def test_chance_by_counting():
    """The chance is the share of all choices whose ranks sum as high, ties and failures included."""
    rng = np.random.default_rng(5)
    for _ in range(20):
        published, fresh = rng.integers(0, 4, 5).astype(float), rng.integers(0, 3, 3).astype(float)
        fresh[0] = -np.inf
        values = np.concatenate([published, fresh])
        ranks = np.array([(values < value).sum() + (values <= value).sum() for value in values])
        sums = [ranks[list(chosen)].sum() for chosen in itertools.combinations(range(8), 5)]
        assert chance_of_better(published, fresh) == pytest.approx(np.mean(np.array(sums) >= ranks[:5].sum()))
