"""Tests of the annealing planner."""

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


def with_rejection(instance, allowed):
    """The instance with rejection allowed or not."""
    return replace(instance, parameters=dict(instance.parameters) | {"reject_allowed": allowed})


@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize(
    ("scenario", "seed"),
    [("asp-tiny", 2), ("asp-tiny", 7), ("orchestration-tiny", 0), ("orchestration-tiny", 3), ("orchestration-tiny", 5)],
)
def test_equals_brute_force(solver, scenario, seed, allowed, brute_force):
    """On tiny instances the plan is as good as the best of all action sequences, forced crashes included."""
    instance = with_rejection(scenario_named(f"assignment/{scenario}").instance(seed), allowed)
    decisions, _ = run(solver("annealing")(iterations=100_000), instance)
    assert utility(instance, decisions) == pytest.approx(brute_force(instance), abs=1e-9)


@pytest.mark.parametrize(
    ("scenario", "gain"),
    [("asp-paper", 1.035), ("asp-stress3", 1.09), ("orchestration-paper", 1.025), ("orchestration-stress3", 1.18)],
)
def test_beats_the_prophet(solver, scenario, gain):
    """A second of search ends well above the greedy plans, and what it reports only ever gets better."""
    instance = scenario_named(f"assignment/{scenario}").instance(0)
    greedy = max(utility(instance, plan) for plan in simple_plans(instance))
    decisions, reported = run(solver("annealing")(iterations=2_000_000), instance)
    assert utility(instance, decisions) == reported[-1] >= gain * greedy
    assert reported == sorted(reported)


@pytest.mark.parametrize("scenario", ["asp-paper", "orchestration-paper"])
def test_iterations_make_a_run_repeatable(solver, scenario):
    """Two runs with a number of iterations and the same seed decide alike."""
    instance = scenario_named(f"assignment/{scenario}").instance(1)
    first, again = (run(solver("annealing")(iterations=200_000), instance)[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize("capacity", [[0, 0], [3, 4], [9, 3]])
def test_extreme_fleets(solver, assignment_instance, capacity, allowed, brute_force):
    """One task; servers of no capacity; a task larger than every server."""
    lines, quality = [LINE, LINE], [[0.5], [0.25]]
    instance = assignment_instance(capacity, [0, 1], lines, quality, [(0.0, 5, 1.0, 0)], reject_allowed=allowed)
    decisions, _ = run(solver("annealing")(iterations=1000), instance)
    assert utility(instance, decisions) == pytest.approx(brute_force(instance))


@pytest.mark.parametrize("allowed", [False, True])
def test_utilities_below_zero(solver, assignment_instance, allowed, brute_force):
    """A task that costs utility is rejected, or where that is forbidden lost if need be."""
    lines, quality = [[0.0, 1.0, 2.0, 0.0]], [[0.0, 1.75]]
    tasks = [(0.0, 5, 9.0, 0), (1.0, 5, 9.0, 1), (2.0, 5, 9.0, 0)]
    instance = assignment_instance([10], [0], lines, quality, tasks, reject_allowed=allowed)
    decisions, _ = run(solver("annealing")(iterations=1000), instance)
    assert utility(instance, decisions) == pytest.approx(brute_force(instance))


@pytest.mark.parametrize(("n_tasks", "servers"), [(1_000_000, 20), (1_000_000, 1000), (5_000, 20)])
def test_too_large_an_instance_gets_a_simpler_plan(solver, assignment_instance, n_tasks, servers):
    """A limit of 2 s that does not even allow for prices, or for looking at every service, still gives legal decisions."""
    small = assignment_instance(
        [50] * servers, list(range(servers)), [[0.0, 0.0, 10.0, 1.0]] * servers, [[0.0]] * servers, [(0.0, 9, 1.0, 0)]
    )
    every = {"task_arrival": np.arange(n_tasks) * 1e-6, "task_steps": np.full(n_tasks, 9)}
    every |= {"task_runtime": np.full(n_tasks, n_tasks / 2e6), "task_type": np.zeros(n_tasks, np.int64)}
    instance = replace(small, arrays=dict(small.arrays) | every)
    decisions = solver("annealing")().plan(instance, Limits(wall_seconds=2), np.random.default_rng(0), lambda *_: None)
    utility(instance, decisions)
