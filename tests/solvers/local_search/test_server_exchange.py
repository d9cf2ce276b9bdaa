"""Tests of the large-neighbourhood planner."""

from dataclasses import replace

import numpy as np
import pytest

from aigcbench.problems.assignment.greedy import simple_plans
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named
from aigcbench.solver import Limits

LINE = [0.0, 0.0, 1.0, 1.0]


def utility(instance, decisions):
    """Utility by the checker."""
    return problem_of(instance).check(instance, {"service": decisions})["utility"]


def run(planner, instance, seconds=60.0):
    """Decisions, and the utilities that were reported on the way."""
    reported = []
    decisions = planner.plan(
        instance,
        Limits(wall_seconds=seconds),
        np.random.default_rng(0),
        lambda found, bound=None: reported.append(utility(instance, found)),
    )
    return decisions, reported


@pytest.mark.parametrize(("scenario", "seed"), [("asp-tiny", 2), ("asp-tiny", 7), ("orchestration-tiny", 3)])
def test_equals_brute_force(solver, scenario, seed, brute_force):
    """Where rejection is allowed, a tiny instance is solved to optimality, with or without annealing first."""
    instance = scenario_named(f"assignment/{scenario}").instance(seed)
    instance = replace(instance, parameters=dict(instance.parameters) | {"reject_allowed": True})
    for share in (0.0, 0.5):
        decisions, _ = run(solver("server-exchange")(iterations=200_000, annealing_share=share), instance)
        assert utility(instance, decisions) == pytest.approx(brute_force(instance), abs=1e-9)


@pytest.mark.parametrize("allowed", [True, False])
@pytest.mark.parametrize("scenario", ["asp-paper", "orchestration-paper"])
def test_beats_the_prophet(solver, scenario, allowed):
    """It ends above the greedy plans, rejection forbidden or not, and what it reports only ever gets better."""
    instance = scenario_named(f"assignment/{scenario}").instance(0)
    instance = replace(instance, parameters=dict(instance.parameters) | {"reject_allowed": allowed})
    greedy = max(utility(instance, plan) for plan in simple_plans(instance))
    decisions, reported = run(solver("server-exchange")(iterations=1_000_000), instance)
    assert utility(instance, decisions) == reported[-1] > 1.02 * greedy
    assert reported == sorted(reported)


def test_iterations_make_a_run_repeatable(solver):
    """Two runs with a number of iterations and the same seed decide alike."""
    instance = scenario_named("assignment/asp-paper").instance(1)
    first, again = (run(solver("server-exchange")(iterations=400_000), instance)[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize("capacity", [[0, 0], [3, 4], [9, 3]])
def test_extreme_fleets(solver, assignment_instance, capacity, allowed, brute_force):
    """One task; servers of no capacity; a task larger than every server."""
    lines, quality = [LINE, LINE], [[0.5], [0.25]]
    instance = assignment_instance(capacity, [0, 1], lines, quality, [(0.0, 5, 1.0, 0)], reject_allowed=allowed)
    decisions, _ = run(solver("server-exchange")(iterations=10_000), instance)
    assert utility(instance, decisions) == pytest.approx(brute_force(instance))


def test_too_large_an_instance_gets_a_greedy_plan(solver, assignment_instance):
    """A million tasks in 2 s still get legal decisions."""
    small = assignment_instance([50], [0], [LINE], [[0.0]], [(0.0, 9, 1.0, 0)])
    every = {"task_arrival": np.arange(1_000_000) * 1e-6, "task_steps": np.full(1_000_000, 9)}
    every |= {"task_runtime": np.full(1_000_000, 0.5), "task_type": np.zeros(1_000_000, np.int64)}
    instance = replace(small, arrays=dict(small.arrays) | every)
    for name in ("server-exchange", "memetic"):
        decisions = solver(name)().plan(instance, Limits(wall_seconds=2), np.random.default_rng(0), lambda *_: None)
        utility(instance, decisions)
