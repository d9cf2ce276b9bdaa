"""Moves of offloading plans: their differences are exact, and what they lead to is the optimum where that is known."""

import numpy as np
import pytest

from aigcbench.optimization.annealing import Cooling, anneal
from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.offloading.checker import check
from aigcbench.problems.offloading.greedy import simple_plans
from aigcbench.problems.offloading.search import kernels
from aigcbench.problems.offloading.search.descent import descend
from aigcbench.problems.offloading.search.plan import PlanSearch, empty_plan
from aigcbench.scenario import scenario_named


def loaded(instance, station):
    """The compiled plan that ``station`` is."""
    plan = empty_plan(instance)
    kernels.load(plan, station)
    return plan


def total_delay(instance, station):
    """Sum of all delays by the checker, s."""
    return check(instance, station)["mean_delay"] * len(station)


def send(plan, task, station):
    """Relocate a task by what leaving and joining say of it."""
    change = kernels.joining(plan, task, station, np.inf) - kernels.leaving(plan, task)
    kernels.relocate(plan, task, station, change)


def swap(plan, one, other):
    """Exchange the stations of two tasks."""
    goal, back = plan.station[other], plan.station[one]
    change = kernels.replacing(plan, one, other, np.inf) + kernels.replacing(plan, other, one, np.inf)
    kernels.relocate(plan, one, goal, change)
    kernels.relocate(plan, other, back, 0.0)


@pytest.mark.parametrize("seed", range(40))
def test_differences_are_exact(random_instance, seed):
    """After every relocation and swap the total is that of the checker, and all that is kept is as if loaded anew."""
    rng = np.random.default_rng(seed)
    instance = random_instance(rng, int(rng.integers(2, 5)), int(rng.integers(1, 7)), int(rng.integers(3, 13)))
    n_tasks, n_stations = len(instance["task_work"]), len(instance["station_capacity"])
    plan = loaded(instance, rng.integers(n_stations, size=n_tasks))
    for _ in range(30):
        one, other, station = rng.integers(n_tasks), rng.integers(n_tasks), rng.integers(n_stations)
        if plan.station[one] != plan.station[other]:
            swap(plan, one, other)
        elif plan.station[one] != station:
            send(plan, one, station)
        assert plan.score[0] == pytest.approx(total_delay(instance, plan.station), rel=1e-12)
        again = loaded(instance, plan.station)
        for kept, anew in zip(plan[9:-1], again[9:-1], strict=True):
            np.testing.assert_array_equal(kept, anew)


def test_paper_size_stays_exact():
    """After hundreds of thousands of random moves the sum of the differences is the delay that the checker sees."""
    instance = scenario_named("offloading/paper").instance(0, "train")
    rng, start = np.random.default_rng(0), simple_plans(instance)[0]
    search = PlanSearch(instance, start, swap_share=0.5, swap_slots=2.0)
    for temperature in (1.0, 0.01):
        search.move(rng, temperature * search.typical_saving(), 200_000)
    search.improve(rng.permutation(len(start)))
    assert -search.best_score == pytest.approx(total_delay(instance, search.best), rel=1e-10)


def test_join_stops_at_its_limit(random_instance):
    """Above the limit the cost of joining or replacing is some number above it, at or below the limit it is exact."""
    rng = np.random.default_rng(0)
    instance = random_instance(rng, 3, 5, 9)
    n_tasks = len(instance["task_work"])
    plan = loaded(instance, rng.integers(3, size=n_tasks))
    for task in range(n_tasks):
        station = (plan.station[task] + 1) % 3
        cost = kernels.joining(plan, task, station, np.inf)
        for limit in cost * np.array([0.0, 0.3, 0.6, 0.9, 0.999]):
            assert kernels.joining(plan, task, station, limit) > limit
        assert kernels.joining(plan, task, station, cost * 1.001) == cost
        for other in np.flatnonzero(plan.station != plan.station[task]):
            change = kernels.replacing(plan, task, other, np.inf)
            assert kernels.replacing(plan, task, other, change - 1e-6) > change - 1e-6
            assert kernels.replacing(plan, task, other, change + 1e-6) == change


def test_descent_ends_where_no_task_gains(random_instance):
    """No single task of the plan that descent ends with can be sent elsewhere for less."""
    instance = random_instance(np.random.default_rng(3), 4, 4, 12)
    start = simple_plans(instance)[-1]
    search = PlanSearch(instance, start)
    seen = []
    descend(search, np.random.default_rng(0), Deadline(60.0), 0, seen.append)
    least = total_delay(instance, search.best)
    assert least < total_delay(instance, start)
    np.testing.assert_array_equal(seen[-1], search.best)
    for task in range(len(start)):
        for station in range(4):
            other = search.best.copy()
            other[task] = station
            assert total_delay(instance, other) >= least - 1e-9


def test_annealing_finds_the_brute_forced_optimum(brute_forced):
    """On the instances that the paper's public code could enumerate, annealing ends with the best of all decisions."""
    instance, optimum = brute_forced
    search = PlanSearch(instance, simple_plans(instance)[-1], swap_share=0.5, swap_slots=1.0)
    unit = search.typical_saving()
    anneal(search, Cooling(0.3 * unit, 0.003 * unit, 60.0, 20_000), np.random.default_rng(0), lambda _: None)
    assert check(instance, search.best)["mean_delay"] == pytest.approx(optimum["mean_delay"], rel=1e-9)
