"""The bound of tiny instances by trying every decision sequence."""

from dataclasses import replace

import numpy as np
import pytest

from aigcbench.problems.assignment.checker import check
from aigcbench.problems.assignment.exhaustive import exhaustive_bound, is_tiny
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named


@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize(("scenario", "seed"), [("asp-tiny", 2), ("asp-tiny", 7), ("orchestration-tiny", 3)])
def test_equals_brute_force(scenario, seed, allowed, brute_force):
    """It is the best utility of all sequences, by another way of listing them, and what the formulation reports."""
    instance = scenario_named(f"assignment/{scenario}").instance(seed)
    instance = replace(instance, parameters=dict(instance.parameters) | {"reject_allowed": allowed})
    found = exhaustive_bound(instance)
    assert brute_force(instance) <= found.value <= brute_force(instance) * (1 + 1e-6)
    assert problem_of(instance).bound(instance, 1.0) == found


def test_larger_instances_are_left_to_other_methods():
    """At paper size the sequences are not even counted out."""
    instance = scenario_named("assignment/asp-paper").instance(0)
    assert not is_tiny(instance)


def test_one_service_gives_one_sequence(assignment_instance):
    """A single legal service leaves one sequence for any number of tasks, of which only some are tiny."""
    tasks = [(float(j), 1, 1.0, 0) for j in range(19)]
    instance = assignment_instance([5], [0], [[0.0, 0.0, 1.0, 1.0]], [[0.5]], tasks, reject_allowed=False)
    assert is_tiny(instance)
    assert exhaustive_bound(instance).value == pytest.approx(19 * 1.5)


@pytest.mark.parametrize(("large", "small"), [(1e9, 1e-8), (1e6, 1e-6), (1e3, 1e-3)])
def test_rounding_of_what_crashes_take_does_not_count(assignment_instance, large, small):
    """A large gain that a crash takes off again leaves rounding behind, but never more than the bound has room for."""
    tasks = [
        (0.0, 5, 2.0, 1),
        (4.0, 5, 2.0, 0),
        (4.0, 4, 2.0, 1),
    ]  # the third crashes the server, and the large gain is lost
    instance = assignment_instance([6], [0], [[0.0, 0.0, 1.0, 0.0]], [[large, small]], tasks, reject_allowed=False)
    only = check(instance, np.zeros(3, np.int64))["utility"]
    assert only == pytest.approx(small)
    assert only <= exhaustive_bound(instance).value <= only + 1e-14 * large
