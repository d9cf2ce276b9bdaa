"""Tests of the genetic planner."""

import numpy as np
import pytest

from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named
from aigcbench.solver import Limits

LIMITS = Limits(wall_seconds=60.0)


def utility(instance, decisions):
    """Score of decisions; the checker refuses illegal ones."""
    return problem_of(instance).check(instance, {"service": decisions})["utility"]


@pytest.mark.parametrize("scenario", ["asp-tiny", "orchestration-tiny"])
def test_finds_the_optimum_of_a_tiny_instance(solver, scenario, brute_force):
    """On a tiny instance it is as good as brute force, and never better."""
    instance = scenario_named(f"assignment/{scenario}").instance(0)
    planner = solver("genetic")(population=60, generations=150, seeded=False)
    decisions = planner.plan(instance, LIMITS, np.random.default_rng(0), lambda *_: None)
    assert utility(instance, decisions) == pytest.approx(brute_force(instance))


@pytest.mark.parametrize("scenario", ["asp-paper", "asp-stress2"])
def test_seeded_is_never_worse_than_greedy(solver, scenario):
    """Seeded with the greedy plans it starts from them, improves, and stays below the proven bound."""
    instance, reported = scenario_named(f"assignment/{scenario}").instance(0), []
    planner = solver("genetic")(generations=100)
    decisions = planner.plan(instance, LIMITS, np.random.default_rng(0), lambda d, bound=None: reported.append(d))
    scores = [utility(instance, each) for each in reported]
    assert scores == sorted(scores)
    bound = problem_of(instance).bound(instance, 1.0).value
    assert scores[0] <= scores[-1] == utility(instance, decisions) <= bound


def test_same_seed_same_decisions(solver):
    """Stopped by its generations, it decides alike for equal seeds and otherwise for others."""
    instance = scenario_named("assignment/asp-paper").instance(0)
    planner = solver("genetic")(population=10, generations=10, seeded=False)
    one, other, different = (
        planner.plan(instance, LIMITS, np.random.default_rng(s), lambda *_: None) for s in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, other)
    assert (one != different).any()


def test_one_task(solver, assignment_instance):
    """A single task on servers of no capacity is a legal instance."""
    lines, quality, tasks = [[0.0, 0.0, 1.0, 1.0]], [[0.0]], [(0.0, 5, 1.0, 0)]
    instance = assignment_instance([0], [0], lines, quality, tasks, reject_allowed=False)
    planner = solver("genetic")(generations=5)
    assert planner.plan(instance, LIMITS, np.random.default_rng(0), lambda *_: None).tolist() == [0]
