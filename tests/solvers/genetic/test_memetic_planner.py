"""Tests of the memetic planner."""

from dataclasses import replace

import numpy as np
import pytest

from aigcbench.problems.assignment.greedy import prophet_plan
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named
from aigcbench.solver import Limits

LIMITS = Limits(wall_seconds=60.0)


def utility(instance, decisions):
    """Score of decisions; the checker refuses illegal ones."""
    return problem_of(instance).check(instance, {"service": decisions})["utility"]


def plan(planner, instance, seed=0):
    """Utility of what a planner decides."""
    return utility(instance, planner.plan(instance, LIMITS, np.random.default_rng(seed), lambda *_: None))


@pytest.mark.parametrize("scenario", ["asp-tiny", "orchestration-tiny"])
def test_finds_the_optimum_of_a_tiny_instance(solver, scenario, brute_force):
    """On a tiny instance with rejection it is as good as brute force, and never better."""
    instance = scenario_named(f"assignment/{scenario}").instance(0)
    instance = replace(instance, parameters=dict(instance.parameters) | {"reject_allowed": True})
    assert plan(solver("memetic")(generations=40), instance) == pytest.approx(brute_force(instance))


@pytest.mark.parametrize("allowed", [True, False])
def test_local_search_pays(solver, allowed):
    """Three generations with it end above a hundred without."""
    instance = scenario_named("assignment/asp-paper").instance(0)
    instance = replace(instance, parameters=dict(instance.parameters) | {"reject_allowed": allowed})
    memetic = plan(solver("memetic")(generations=3), instance)
    assert memetic > 1.02 * plan(solver("genetic")(generations=100), instance)


def test_many_tasks_get_fewer_moves(solver):
    """Where the limit has no time for all moves on each child, there are fewer, rather than no search."""
    instance = scenario_named("assignment/asp-stress3").instance(0)
    planner, greedy = solver("memetic")(generations=0), prophet_plan(instance, reject=True)
    decisions = planner.plan(instance, Limits(wall_seconds=10.0), np.random.default_rng(0), lambda *_: None)
    assert utility(instance, decisions) > 1.06 * utility(instance, greedy)


def test_generations_make_a_run_repeatable(solver):
    """Stopped by its generations, it decides alike for equal seeds and otherwise for others."""
    instance, planner = scenario_named("assignment/asp-paper").instance(0), solver("memetic")(generations=2)
    one, other, different = (
        planner.plan(instance, LIMITS, np.random.default_rng(seed), lambda *_: None) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, other)
    assert (one != different).any()


@pytest.mark.parametrize("allowed", [True, False])
def test_one_task(solver, assignment_instance, allowed):
    """A single task on a server of no capacity is a legal instance."""
    lines, quality, tasks = [[0.0, 0.0, 1.0, 1.0]], [[0.0]], [(0.0, 5, 1.0, 0)]
    instance = assignment_instance([0], [0], lines, quality, tasks, reject_allowed=allowed)
    assert plan(solver("memetic")(generations=5), instance) == 0.0
