"""The optimum of small instances by branch and bound."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigcbench.problems.offloading.bound import bound
from aigcbench.problems.offloading.exhaustive import exhaustive_bound, is_tiny
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named


def test_golden_optimum(brute_forced):
    """On the public code's brute-forced instances the bound is their optimum, and it is what the formulation reports."""
    instance, optimum = brute_forced
    found = exhaustive_bound(instance)
    assert optimum["mean_delay"] * (1 - 1e-7) <= found.value <= optimum["mean_delay"]
    assert problem_of(instance).bound(instance, 1.0) == found


@settings(max_examples=200, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_equals_brute_force(random_instance, brute_force, seed):
    """On random instances, empty slots, equal tasks and slow transmission among them, it is what brute force finds."""
    rng = np.random.default_rng(seed)
    n_stations = int(rng.integers(1, 5))
    instance = random_instance(rng, n_stations, int(rng.integers(1, 4)), 3 if n_stations < 4 else 2)
    optimum = -brute_force(instance)
    assert optimum * (1 - 1e-6) <= exhaustive_bound(instance).value <= optimum


@pytest.mark.parametrize("seed", range(3))
def test_two_dozen_tasks_are_solved(random_instance, seed):
    """With 24 tasks on 4 stations, far beyond trying everything, the optimum is proven."""
    rng = np.random.default_rng(seed)
    instance = random_instance(rng, 4, 3, 8)
    while len(instance["task_work"]) != 24:
        instance = random_instance(rng, 4, 3, 8)
    assert not is_tiny(instance)
    assert bound(instance, 60.0).method == "branch-and-bound"


def test_larger_instances_are_left_to_other_methods():
    """At paper size the decisions are not gone through, not even those of one station."""
    assert not is_tiny(scenario_named("offloading/paper").instance(0))


def test_one_station_leaves_one_plan(offloading_instance):
    """A single station serves everything in order."""
    instance = offloading_instance([2.0], [1.0], [[[(1.0, 2.0, 0.0)] * 5]])
    assert is_tiny(instance)
    assert exhaustive_bound(instance).value == pytest.approx(3.0)
