"""Tests of the bounds on utility."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigcbench.optimization.deadline import Deadline
from aigcbench.optimization.relaxation import solve_relaxation
from aigcbench.problems.assignment import bound as bounds
from aigcbench.problems.assignment.linear import assignment_model
from aigcbench.problems.assignment.prices import find_prices, price_bound
from aigcbench.problems.assignment.program import program_of
from aigcbench.scenario import scenario_named

LINE = [0.0, 0.0, 1.0, 1.0]
ENOUGH = 60.0  # s, so that iterations end the search and not the clock


def relaxation_value(program):
    """Optimum of the linear relaxation, by HiGHS."""
    return solve_relaxation(assignment_model(program).linear, ENOUGH, threads=1).value


@pytest.mark.parametrize("scenario", ["asp-tiny", "orchestration-tiny"])
@pytest.mark.parametrize("seed", range(6))
def test_every_bound_is_above_the_best_decisions(scenario, seed, brute_force):
    """Each method's bound is no less than brute force, with rejection and without."""
    instance = scenario_named(f"assignment/{scenario}").instance(seed, "train")
    if len(instance["task_arrival"]) > 7:
        pytest.skip("too many tasks for brute force")
    program = program_of(instance)
    prices = find_prices(program, Deadline(ENOUGH), 400)
    found = [bounds.best_service_bound(instance).value, price_bound(program, prices), bounds.bound(instance, 0.5).value]
    found += [bound.value for bound in bounds.relaxation_bound(program, ENOUGH)]
    assert len(found) == 4
    for allowed in (False, True):
        optimum = brute_force(replace(instance, parameters=dict(instance.parameters) | {"reject_allowed": allowed}))
        assert all(value >= optimum for value in found)


@pytest.mark.parametrize("scenario", ["asp-paper", "orchestration-paper"])
def test_prices_come_near_the_relaxation(scenario):
    """At paper size the price bound is above the relaxation's optimum and within 0.1 % of it; HiGHS's own prices within 1e-6."""
    program = program_of(scenario_named(f"assignment/{scenario}").instance(0))
    optimum = relaxation_value(program)
    by_prices = price_bound(program, find_prices(program, Deadline(ENOUGH), 1500))
    (by_highs,) = bounds.relaxation_bound(program, ENOUGH)
    assert optimum - 1e-9 <= by_prices <= optimum * 1.001
    assert by_highs.value == pytest.approx(optimum, rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1e-300, 1e-6, 1e-3, 1.0, 1e9]))
def test_any_prices_prove_a_bound(seed, scale):
    """Random prices, negative and infinite ones among them, never give less than the relaxation's optimum."""
    rng = np.random.default_rng(seed)
    program = program_of(scenario_named("assignment/asp-tiny").instance(int(rng.integers(5))))
    prices = scale * rng.exponential(size=(len(program.spans.sets), len(program.capacity)))
    prices[rng.random(prices.shape) < 0.1] = -1.0
    prices[rng.random(prices.shape) < 0.1] = np.inf
    assert price_bound(program, prices) >= relaxation_value(program) - 1e-9


def test_known_optimum(assignment_instance, brute_force):
    """One server for one of two equal tasks: the bound by prices is the optimum, everyone's best service twice that."""
    instance = assignment_instance([5], [0], [LINE], [[0.0]], [(0.0, 5, 9.0, 0), (1.0, 5, 9.0, 0)])
    assert brute_force(instance) == 1.0
    assert bounds.bound(instance, 5.0).value == pytest.approx(1.0, abs=1e-6)
    assert bounds.best_service_bound(instance).value == pytest.approx(2.0)


@pytest.mark.parametrize(("capacity", "steps"), [([0, 0], 1), ([3, 4], 5)])
def test_nothing_fits(assignment_instance, capacity, steps):
    """Where no server can hold any task, every method says 0."""
    instance = assignment_instance(capacity, [0, 1], [LINE, LINE], [[1.0], [1.0]], [(0.0, steps, 1.0, 0)])
    assert bounds.bound(instance, 1.0).value == 0.0
    assert bounds.best_service_bound(instance).value == 0.0
    assert bounds.relaxation_bound(program_of(instance), 5.0)[0].value == 0.0


def test_utilities_below_zero_count_as_nothing(assignment_instance):
    """A falling utility line gives tasks that are better lost: the bound is 0."""
    instance = assignment_instance([5], [0], [[0.0, 1.0, 2.0, 0.0]], [[0.0]], [(0.0, 5, 9.0, 0)])
    assert bounds.bound(instance, 1.0).value == 0.0


def test_too_large_for_a_program(monkeypatch):
    """Above the memory limit the bound is everyone's best service, and no program is built."""
    monkeypatch.setattr(bounds, "MAXIMUM_ENTRIES", 1)
    monkeypatch.setattr(bounds, "program_of", None)
    instance = scenario_named("assignment/asp-paper").instance(0)
    assert bounds.bound(instance, 1.0).method == "best-service"


def test_no_time_still_gives_a_bound():
    """With no time at all the bound is that of zero prices."""
    instance = scenario_named("assignment/asp-paper").instance(0)
    expected = bounds.best_service_bound(instance).value
    assert bounds.bound(instance, 1e-9).value == pytest.approx(expected)


def test_price_search_is_deterministic():
    """The same program gives the same prices, bit for bit."""
    program = program_of(scenario_named("assignment/asp-tiny").instance(1))
    one, other = (find_prices(program, Deadline(ENOUGH), 200) for _ in range(2))
    np.testing.assert_array_equal(one, other)
