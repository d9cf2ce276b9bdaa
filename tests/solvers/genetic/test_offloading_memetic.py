"""Tests of the memetic algorithm for offloading."""

import numpy as np
import pytest

from aigcbench.problems.offloading.greedy import opt_ts_plan
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named
from aigcbench.solver import Limits


def plan(solver, instance, seconds=600.0, **parameters):
    """Decisions and their mean delay by the checker, s."""
    planner = solver("offloading-memetic")(**parameters)
    decisions = planner.plan(instance, Limits(wall_seconds=seconds), np.random.default_rng(0), lambda *_: None)
    return decisions, problem_of(instance).check(instance, {"station": decisions})["mean_delay"]


@pytest.mark.parametrize(("scenario", "share"), [("light10", 0.87), ("stress", 0.65)])
def test_generations_beat_opt_ts(solver, scenario, share):
    """Two generations end well below opt-ts, and are the same again for the same seed."""
    instance = scenario_named(f"offloading/{scenario}").instance(0)
    greedy = problem_of(instance).check(instance, {"station": opt_ts_plan(instance)})["mean_delay"]
    decisions, delay = plan(solver, instance, population=4, generations=2)
    assert delay <= share * greedy
    np.testing.assert_array_equal(decisions, plan(solver, instance, population=4, generations=2)[0])


def test_no_time_for_a_generation(solver):
    """Where a generation would take too long the plan of a simple rule stands."""
    instance = scenario_named("offloading/paper").instance(0)
    decisions, _ = plan(solver, instance, seconds=1.0)
    np.testing.assert_array_equal(decisions, opt_ts_plan(instance))
