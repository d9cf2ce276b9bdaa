"""Tests of the flow annealing planner."""

import numpy as np
import pytest

from aigcbench.problems.flow.exhaustive import exhaustive_bound
from aigcbench.problems.flow.plans import simple_plans
from aigcbench.problems.problem import score
from aigcbench.scenario import scenario_named
from aigcbench.solver import Limits


def run(planner, instance, seconds=60.0):
    """Decisions, and the scores that were reported on the way."""
    planner.prepare()  # compiles, which is not for the limit to pay
    reported = []
    decisions = planner.plan(
        instance,
        Limits(wall_seconds=seconds),
        np.random.default_rng(0),
        lambda found, bound=None: reported.append(score(instance, found).primary),
    )
    return decisions, reported


@pytest.mark.parametrize("seed", range(6))
def test_equals_brute_force(solver, seed):
    """On tiny instances the plan is as good as the best of all decision sequences."""
    instance = scenario_named("flow/tiny").instance(seed, "train")
    decisions, _ = run(solver("flow-annealing")(iterations=20_000), instance)
    assert score(instance, decisions).primary == pytest.approx(exhaustive_bound(instance).value, abs=1e-9)


@pytest.mark.parametrize(("scenario", "gain"), [("x2", 0.04), ("x3", 0.03)])
def test_beats_price_and_reject(solver, scenario, gain):
    """A few hundred thousand moves end well above the rules, and what is reported only ever gets better."""
    instance = scenario_named(f"flow/{scenario}").instance(0, "train")
    rules = max(score(instance, plan).primary for plan in simple_plans(instance))
    decisions, reported = run(solver("flow-annealing")(iterations=400_000), instance)
    assert score(instance, decisions).primary == reported[-1] >= rules + gain
    assert reported == sorted(reported)


def test_same_seed_same_decisions(solver):
    """Ended by its moves, it decides alike for equal seeds."""
    instance = scenario_named("flow/paper").instance(0, "train")
    planner = solver("flow-annealing")(iterations=10_000)
    np.testing.assert_array_equal(run(planner, instance)[0], run(planner, instance)[0])


def test_everything_completed_ends_the_search(solver):
    """Where every flow is completed at once there is nothing to search for, whatever the moves asked for."""
    instance = scenario_named("flow/flows-100").instance(0, "train")
    decisions, reported = run(solver("flow-annealing")(iterations=10**12), instance)
    assert score(instance, decisions).primary == reported[-1] == 1.0


def test_something_for_instances_beyond_its_means(solver):
    """Where the limit does not allow to rate every action, it still answers with legal decisions."""
    instance = scenario_named("flow/paper").instance(0, "train")
    decisions, reported = run(solver("flow-annealing")(), instance, seconds=1e-4)
    assert len(decisions) == len(instance["flow_slot"])
    assert len(reported) == 1
