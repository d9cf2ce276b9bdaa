"""The lower bounds on mean delay, against brute force and against each other."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.offloading import bound as bounds
from aigcbench.problems.offloading.bounding.dual import TaskPrices
from aigcbench.problems.offloading.bounding.pooled import cheapest_transmission, pooled_bound, suggested_prices
from aigcbench.problems.offloading.checker import check
from aigcbench.problems.offloading.exhaustive import exhaustive_bound
from aigcbench.problems.offloading.model import validate
from aigcbench.problems.offloading.search.branching import branch_and_bound
from aigcbench.problems.offloading.search.restarts import MOVES_PER_TASK, anneal_again
from aigcbench.problems.offloading.search.starts import begin
from aigcbench.scenario import scenario_named

ENOUGH = 30.0  # s, so that steps end the search and not the clock


@settings(max_examples=300, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_bound_is_below_the_best_decisions(random_instance, brute_force, seed):
    """Each method's bound, at good and at senseless prices, on coarse and on fine grids, is no more than brute force."""
    rng = np.random.default_rng(seed)
    n_stations = int(rng.integers(1, 4))
    instance = random_instance(rng, n_stations, int(rng.integers(1, 4)), 3 if n_stations < 3 else 2)
    validate(instance, "instance")
    optimum = -brute_force(instance)
    dual, suggested = TaskPrices(instance), suggested_prices(instance)
    found = [pooled_bound(instance)]
    for scale in (0.0, 0.5, 1.0, 2.0):
        prices = scale * suggested * rng.uniform(0.5, 1.5, len(suggested)) - 0.1 * (rng.random(len(suggested)) < 0.1)
        found += [dual.lower(prices, int(points)) for points in rng.choice([1, 2, 3, 7, 20, 100], 2)]
    found.append(bounds.priced_bound(instance, dual, suggested, Deadline(ENOUGH))[0])
    assert max(found) <= optimum
    assert min(found) > -np.inf


@pytest.mark.parametrize("seed", range(12))
def test_prices_come_near_the_optimum(random_instance, brute_force, seed):
    """On nine tasks or fewer the price bound is within 12 % of the optimum, and on average within 4 %."""
    rng = np.random.default_rng(seed)
    instance = random_instance(rng, 3, 3, 3)
    dual = TaskPrices(instance)
    value, _ = bounds.priced_bound(instance, dual, suggested_prices(instance), Deadline(ENOUGH))
    optimum = -brute_force(instance)
    assert 0.88 * optimum <= value <= optimum


def test_counted_services_are_the_gradient(random_instance):
    """The dual rises with a task's price by 1 less the number of stations that serve it, where that is not ambiguous."""
    instance = random_instance(np.random.default_rng(5), 3, 4, 6)
    dual, prices = TaskPrices(instance), 1.1 * suggested_prices(instance)
    served, shift = dual.evaluate(prices, 200).served, 1e-5
    slopes = []
    for task in range(dual.n_tasks):
        step = np.where(np.arange(dual.n_tasks) == task, shift, 0.0)
        slopes.append((dual.lower(prices + step, 200) - dual.lower(prices - step, 200)) * dual.n_tasks / (2 * shift))
    assert np.abs(np.array(slopes) - (1.0 - served)).mean() < 0.1


def test_one_task_alone(offloading_instance):
    """For a single task both bounds are its delay on the better of two equal stations, its own."""
    instance = offloading_instance([2.0, 2.0], [4.0, 4.0], [[[(1.0, 4.0, 2.0)], []]])
    assert pooled_bound(instance) == pytest.approx(0.5 + 2.0 / 2 + 4.0 / 8)  # the pooled machine has speed 4
    assert bounds.bound(instance, 1.0).value == pytest.approx(2.5)
    assert cheapest_transmission(instance) == pytest.approx(0.5)


def test_tasks_without_work(offloading_instance):
    """Tasks without work wait for nothing here but their transmission; every method copes."""
    instance = offloading_instance([1.0, 3.0], [1.0, 2.0], [[[(3.0, 0.0, 1.0)], [(3.0, 0.0, 1.0)]], [[], []]])
    assert pooled_bound(instance) == pytest.approx(0.75)
    assert bounds.bound(instance, 1.0).value == pytest.approx(0.75)


def test_pooled_plan_by_hand(offloading_instance):
    """Smallest first, with interruption: the large task waits for the small one of the next slot."""
    instance = offloading_instance([2.0], [1.0], [[[(0.0, 6.0, 0.0)]], [[(0.0, 2.0, 0.0)]]])
    large, small = (1.0 * 0.5 + 2.0 * 3.0) / 3.0 + 6.0 / 4, 0.5 + 2.0 / 4
    assert pooled_bound(instance) == pytest.approx((large + small) / 2)


@pytest.mark.parametrize("scenario", ["offloading/light10", "offloading/paper", "offloading/mixed"])
def test_below_what_is_reached(scenario):
    """At paper size every method stays below the decisions of a lottery by capacity, and even short pricing proves something."""
    instance = scenario_named(scenario).instance(0, "train")
    capacity = instance["station_capacity"]
    lottery = np.random.default_rng(3).choice(len(capacity), len(instance["task_work"]), p=capacity / capacity.sum())
    reached = check(instance, lottery)["mean_delay"]
    dual = TaskPrices(instance)
    pooled, priced = pooled_bound(instance), dual.lower(suggested_prices(instance), 40)
    assert 0.0 < priced <= reached
    assert 0.3 * reached <= pooled <= reached


@pytest.mark.parametrize("seed", range(2))
def test_some_two_dozen_tasks_are_solved(seed):
    """Prices per task leave branch and bound so little to do that the bound is the optimum, which the planner reaches."""
    instance = scenario_named("offloading/small-24").instance(seed, "train")
    found = bounds.bound(instance, ENOUGH)
    plan = branch_and_bound(instance, ENOUGH, np.random.default_rng(0), lambda *_: None)
    assert found.method == "branch-and-bound"
    assert check(instance, plan)["mean_delay"] == pytest.approx(found.value, rel=1e-7)


@pytest.mark.parametrize("seed", range(2))
def test_some_hundred_tasks_are_bounded(seed):
    """At the paper's load an annealed plan of some 120 tasks is at most 10 % above the bound that prices prove."""
    instance = scenario_named("offloading/small-120").instance(seed, "train")
    value, _ = bounds.priced_bound(instance, TaskPrices(instance), suggested_prices(instance), Deadline(ENOUGH))
    best, _ = begin(instance, ENOUGH, lambda *_: None)
    anneal_again(instance, best, np.random.default_rng(0), Deadline(ENOUGH), MOVES_PER_TASK * len(best.decisions))
    assert value <= check(instance, best.decisions)["mean_delay"] <= 1.1 * value


def test_too_large_for_prices(monkeypatch):
    """Above the memory limit, or without time, the bound is the pooled machine's, and no prices are sought."""
    instance = scenario_named("offloading/paper").instance(0)
    assert bounds.bound(instance, 1e-9).method == "pooled"
    monkeypatch.setattr(bounds, "MAXIMUM_ENTRIES", 1)
    monkeypatch.setattr(bounds, "TaskPrices", None)
    assert bounds.bound(instance, 60.0).method == "pooled"


def test_branch_and_bound_gives_up(random_instance):
    """Without leave to branch there is no optimum."""
    instance = random_instance(np.random.default_rng(8), 3, 6, 8)
    dual, prices = TaskPrices(instance), suggested_prices(instance)
    assert dual.optimum(prices, 20, nodes=3) is None


@pytest.mark.parametrize("speed", [1e-4, 1e-6, 1e-9])
def test_a_station_that_is_nearly_dead(speed):
    """A station that takes years for a task takes no more memory than others, and the bound is that without it, nearly."""
    instance = scenario_named("offloading/small-24").instance(0, "train")
    capacity = instance["station_capacity"].copy()
    capacity[0] = speed
    dead = replace(instance, arrays=dict(instance.arrays) | {"station_capacity": capacity})
    validate(dead, "instance")
    plan = branch_and_bound(dead, ENOUGH, np.random.default_rng(0), lambda *_: None)
    bounds.warm_up()
    tracemalloc.start()
    found = bounds.bound(dead, ENOUGH)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.method == "branch-and-bound"
    assert found.value <= check(dead, plan)["mean_delay"] == pytest.approx(found.value, rel=1e-7)
    assert most < 2e8


def test_slots_far_shorter_than_tasks(offloading_instance, brute_force):
    """Where the levels of a grid would fit no memory, the bound does without, and branch and bound still finds the optimum."""
    tasks = [[(0.0, 4.0, 0.0), (0.0, 2.0, 0.0)]]
    instance = offloading_instance([1.0, 2.0], [1.0, 1.0], [[*tasks, []], [[], *tasks]], slot_s=1e-9)
    validate(instance, "instance")
    dual, prices = TaskPrices(instance), suggested_prices(instance)
    assert not dual.fits(prices, 1, counted=False)
    assert bounds.priced_bound(instance, dual, prices, Deadline(ENOUGH))[0] == -np.inf
    assert bounds.bound(instance, ENOUGH) == bounds.Bound(pooled_bound(instance), "pooled")
    assert exhaustive_bound(instance).value == pytest.approx(-brute_force(instance), rel=1e-7)


def test_a_short_history_still_leads_to_the_optimum(random_instance, brute_force, monkeypatch):
    """Levels beyond those that are kept count as the last one, which bounds less but rules out nothing wrongly."""
    instance = random_instance(np.random.default_rng(11), 2, 3, 3)
    dual, prices = TaskPrices(instance), suggested_prices(instance)
    monkeypatch.setattr("aigcbench.problems.offloading.bounding.dual.MAXIMUM_HISTORY", 2 * 3 * dual.n_tasks)
    assert dual.optimum(prices, 50, nodes=10**7) == pytest.approx(-brute_force(instance), rel=1e-7)
