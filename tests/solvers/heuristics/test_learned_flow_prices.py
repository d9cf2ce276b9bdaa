"""Learned prices for flows: what the rule knows of its own admissions, and that its search finds improvements."""

import numpy as np
import pytest

from aigcbench.discovery import find_solver, load_module
from aigcbench.errors import InputError
from aigcbench.problems.flow import learned_pricing as pricing
from aigcbench.problems.problem import problem_of, score
from aigcbench.scenario import scenario_named
from aigcbench.solver import Budget
from aigcbench.tasks import play, task_named

SETTINGS = pricing.first_settings(3)


@pytest.fixture(scope="module")
def instance():
    """About 1000 flows."""
    return scenario_named("flow/paper").instance(0, "validation")


def test_replayed_episodes_score_as_the_checker_says(instance):
    """Deciding a recorded episode again gives what the checker gives to the policy's decisions."""
    decisions = play(pricing.LearnedPricing(SETTINGS), instance, "online", np.random.default_rng(0))
    recorded = pricing.RecordedEpisode(instance)
    assert recorded.completion(SETTINGS) == pytest.approx(score(instance, decisions).primary, rel=1e-12)
    assert recorded.completion(SETTINGS) == recorded.completion(SETTINGS)


def test_committed_units_are_those_of_flows_that_still_run():
    """A flow counts with its units for as long as it runs within the look ahead, and is forgotten when it is done."""
    tiny = scenario_named("flow/tiny").instance(0, "train")
    state = pricing.pricing_state(problem_of(tiny).context(tiny, "online"), SETTINGS)
    runs = state[int(state[pricing.RUN]) : int(state[pricing.FLEET])]
    runs[:6] = 1.0, 2.0, 1.25, 4.0, 3.0, 1.0  # when each is done, and its units
    state[pricing.RUNNING] = 3
    assert pricing._committed_unit_seconds(1.0, 0.5, state, runs) == pytest.approx(0.25 * 4 + 0.5 * 1)
    assert state[pricing.RUNNING] == 2
    assert pricing._committed_unit_seconds(1.25, 0.5, state, runs) == pytest.approx(0.5)
    assert pricing._committed_unit_seconds(3.0, 0.5, state, runs) == 0.0


def test_dear_compute_turns_flows_away(instance):
    """With weights of levels that are out of reach nothing is admitted once units are committed."""
    dear = SETTINGS.copy()
    dear[pricing.HORIZON :] = 1e9
    recorded = pricing.RecordedEpisode(instance)
    assert recorded.completion(dear) < 0.7 * recorded.completion(SETTINGS)


def test_another_number_of_levels_is_refused(instance):
    """What was learned for some levels says nothing about others."""
    policy = pricing.LearnedPricing(pricing.first_settings(2))
    with pytest.raises(InputError, match="3 levels"):
        policy.reset(problem_of(instance).context(instance, "online"), np.random.default_rng(0))


class Run:
    """A `TrainingRun` that validates on one instance."""

    saved = None

    def __init__(self, instance):
        self.recorded, self.points = pricing.RecordedEpisode(instance), []

    def validate(self, weights):
        return self.recorded.completion(weights["settings"])

    def report(self, metrics):
        self.points.append(metrics)

    def cpu_seconds(self):
        return 0.0


def test_search_improves_the_prices(instance):
    """A short training charges what it records, improves on the start, and returns the best of what it validated."""
    card = find_solver("learned-flow-prices")
    learner = getattr(load_module(card.location), card.class_name)(
        episodes=4, sample=2, population=8, generations=10, validations=5
    )
    environments = task_named("flow/x2").environments(*learner.environment_batch(), 1)
    run = Run(scenario_named("flow/x2").instance(0, "validation"))
    weights = learner.train(environments, Budget(), np.random.default_rng(1), run)
    assert [point["updates"] for point in run.points] == [0, 32, 64, 96, 128, 160]
    assert run.validate(weights) == run.points[-1]["best"] > run.points[0]["validation"]
