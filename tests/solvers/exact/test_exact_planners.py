"""Tests of the exact planners against brute force and against each other."""

from dataclasses import replace

import numpy as np
import pytest

from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named
from aigcbench.solver import Limits

LINE = [0.0, 0.0, 1.0, 1.0]


@pytest.fixture(params=["milp-highs", "milp-cbc", "cp-sat"])
def planner(request, solver):
    """Every exact planner in turn."""
    if request.param == "cp-sat":
        return solver("cp-sat")()
    return solver("milp")(backend=request.param.removeprefix("milp-"))


def plan(planner, instance, seconds=30.0):
    """Utility of the plan, and what was reported on the way as (utility, bound)."""
    problem, reported = problem_of(instance), []

    def utility(decisions):
        return problem.check(instance, {"service": decisions})["utility"]

    def incumbent(decisions, bound=None):
        reported.append((utility(decisions), bound))

    decisions = planner.plan(instance, Limits(wall_seconds=seconds), np.random.default_rng(0), incumbent)
    return utility(decisions), reported


def with_rejection(instance, allowed):
    """The instance with rejection allowed or not."""
    return replace(instance, parameters=dict(instance.parameters) | {"reject_allowed": allowed})


@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize(
    ("scenario", "seed"),
    [("asp-tiny", 2), ("asp-tiny", 7), ("orchestration-tiny", 0), ("orchestration-tiny", 3), ("orchestration-tiny", 5)],
)
def test_equals_brute_force(planner, scenario, seed, allowed, brute_force):
    """The plan is as good as the best of all action sequences, and the reported bound holds and is tight."""
    instance = with_rejection(scenario_named(f"assignment/{scenario}").instance(seed), allowed)
    optimum = brute_force(instance)
    utility, reported = plan(planner, instance)
    assert utility == pytest.approx(optimum, abs=1e-6)
    assert reported[-1] == (utility, pytest.approx(optimum, abs=1e-5))


def test_a_crash_on_purpose(planner, assignment_instance, brute_force):
    """Two worthless tasks are crashed together on one server, which frees both servers for two good ones."""
    tasks = [(0.0, 10, 100.0, 0), (1.0, 10, 100.0, 0), (2.0, 10, 100.0, 1), (3.0, 10, 100.0, 1)]
    lines, quality = [[20.0, 0.0, 30.0, 1.0]] * 2, [[0.0, 1.0], [0.0, 1.0]]
    instance = assignment_instance([10, 10], [0, 1], lines, quality, tasks, reject_allowed=False)
    assert brute_force(instance) == 2.0
    assert plan(planner, instance)[0] == pytest.approx(2.0)
    decisions = planner.plan(instance, Limits(), np.random.default_rng(0), lambda *_: None)
    assert problem_of(instance).check(instance, {"service": decisions})["server_crashes"] == pytest.approx(1.0)


def test_equal_arrival_times_and_mixed_crashes(planner, assignment_instance, brute_force):
    """Tasks that arrive together are taken by index; partial loads must reach the capacity before a crash is possible."""
    tasks = [(0.0, 4, 9.0, 0), (0.0, 3, 9.0, 1), (0.0, 6, 4.0, 0), (4.0, 7, 9.0, 1), (4.0, 5, 9.0, 1), (5.0, 2, 1.0, 0)]
    lines, quality = [[0.0, 0.0, 10.0, 1.0], [2.0, 0.0, 8.0, 0.5]], [[0.0, 0.7], [0.1, 0.2]]
    instance = assignment_instance([8, 7], [0, 1], lines, quality, tasks, reject_allowed=False)
    assert plan(planner, instance)[0] == pytest.approx(brute_force(instance), abs=1e-6)


@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize("capacity", [[0, 0], [3, 4], [9, 3]])
def test_extreme_fleets(planner, assignment_instance, capacity, allowed, brute_force):
    """One task; servers of no capacity; a task larger than every server."""
    lines, quality = [LINE, LINE], [[0.5], [0.25]]
    instance = assignment_instance(capacity, [0, 1], lines, quality, [(0.0, 5, 1.0, 0)], reject_allowed=allowed)
    assert plan(planner, instance)[0] == pytest.approx(brute_force(instance))


@pytest.mark.parametrize("allowed", [False, True])
def test_utilities_below_zero(planner, assignment_instance, allowed, brute_force):
    """A task that costs utility is rejected, or where that is forbidden lost if need be."""
    lines, quality = [[0.0, 1.0, 2.0, 0.0]], [[0.0, 1.75]]
    tasks = [(0.0, 5, 9.0, 0), (1.0, 5, 9.0, 1), (2.0, 5, 9.0, 0)]
    instance = assignment_instance([10], [0], lines, quality, tasks, reject_allowed=allowed)
    assert plan(planner, instance)[0] == pytest.approx(brute_force(instance))


@pytest.mark.parametrize("scenario", ["asp-paper", "orchestration-stress2"])
def test_better_than_the_prophet_at_paper_size(planner, scenario):
    """Within seconds the plan beats the prophet, which is reported first, and stays below the bound, which goes along."""
    instance = scenario_named(f"assignment/{scenario}").instance(1)
    utility, reported = plan(planner, instance, seconds=1.5)
    assert reported[0][1] is None
    assert reported[0][0] < utility <= reported[-1][1]


def test_no_time_still_gives_decisions(planner):
    """Even with hardly any time legal decisions come back."""
    instance = scenario_named("assignment/asp-paper").instance(0)
    assert plan(planner, instance, seconds=1e-3)[0] > 0.0


def test_larger_than_any_program(planner, monkeypatch):
    """Above the memory limit the greedy plan is returned."""
    monkeypatch.setattr("aigcbench.problems.assignment.planning.MAXIMUM_ENTRIES", 1)
    instance = scenario_named("assignment/asp-paper").instance(0)
    utility, reported = plan(planner, instance)
    assert reported == [(utility, None)]


def test_same_seed_same_plan(planner):
    """Two runs that end by themselves give the same decisions."""
    instance = scenario_named("assignment/asp-tiny").instance(4)
    runs = [planner.plan(instance, Limits(), np.random.default_rng(3), lambda *_: None) for _ in range(2)]
    np.testing.assert_array_equal(*runs)
