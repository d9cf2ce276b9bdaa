"""The temporal knapsack of one server: its best schedule, and which tasks nearly the best ones may run."""

import itertools
import math

import numpy as np
import pytest

from aigcbench.problems.assignment.knapsack.possible import possible_tasks
from aigcbench.problems.assignment.knapsack.schedule import best_schedule
from aigcbench.problems.assignment.knapsack.states import NO_FEES, NO_TRIPLES, Knapsack
from aigcbench.problems.assignment.program import Spans

TASKS = 9


def random_server(seed, highest_price=0.05, n_triples=0):
    """A few tasks on one server."""
    rng = np.random.default_rng(seed)
    arrival = np.sort(rng.integers(0, 20, TASKS)).astype(float)
    end = arrival + rng.integers(1, 12, TASKS)
    index = np.arange(TASKS)
    last = np.maximum(np.searchsorted(arrival, end, side="left") - 1, index)
    sets = np.unique(last)
    spans = Spans(last, sets, np.searchsorted(sets, index), np.searchsorted(sets, last) + 1)
    profit, steps, capacity = rng.normal(0.3, 0.5, TASKS), rng.integers(1, 6, TASKS), int(rng.integers(4, 12))
    prefix = np.concatenate([[0.0], np.cumsum(rng.random(len(sets)) * rng.choice([0.0, highest_price]))])
    triples, fees = NO_TRIPLES, NO_FEES
    if n_triples:
        triples = np.array([np.sort(rng.choice(TASKS, 3, replace=False)) for _ in range(n_triples)])
        fees = rng.random(n_triples) * rng.choice([0.0, 0.5], n_triples)
    return Knapsack(profit, steps, capacity, spans.last, spans.start, spans.stop, prefix, triples, fees)


def fits(tasks, knapsack):
    """Whether a choice of tasks never exceeds the capacity at any arrival."""
    loads = (sum(knapsack.steps[j] for j in tasks if j <= now <= knapsack.last[j]) for now in range(TASKS))
    return max(loads) <= knapsack.capacity


def earned(tasks, knapsack):
    """Profit of a choice of tasks, less fees."""
    shared = np.isin(knapsack.triples, tasks).sum(axis=1)
    return knapsack.profit[list(tasks)].sum() - knapsack.fees[shared >= 2].sum()


def schedules(knapsack):
    """Every choice of tasks that fits."""
    subsets = itertools.chain.from_iterable(itertools.combinations(range(TASKS), k) for k in range(TASKS + 1))
    return [tasks for tasks in subsets if fits(tasks, knapsack)]


def solve(knapsack, width, floor=0.0):
    """Call the kernel; its value, its bound and the tasks that it chose."""
    chosen = np.zeros(TASKS, np.int8)
    value, upper = best_schedule(knapsack, width, floor, math.inf, chosen)
    return value, upper, np.flatnonzero(chosen)


@pytest.mark.parametrize("n_triples", [0, 4])
@pytest.mark.parametrize("seed", range(40))
def test_a_wide_knapsack_is_exact(seed, n_triples):
    """With room for every state, value, bound and schedule equal the enumeration's, whatever the prices and fees."""
    knapsack = random_server(seed, n_triples=n_triples)
    value, upper, chosen = solve(knapsack, 1000)
    best = max(earned(tasks, knapsack) for tasks in schedules(knapsack))
    assert value == pytest.approx(best, abs=1e-9)
    assert upper == pytest.approx(best, abs=1e-9)
    assert fits(chosen, knapsack)
    assert earned(chosen, knapsack) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("width", [1, 2, 5])
def test_a_narrow_knapsack_still_bounds(seed, width):
    """With too few states, the value is reachable and the bound stays above the optimum."""
    knapsack = random_server(seed)
    value, upper, chosen = solve(knapsack, width)
    best = max(earned(tasks, knapsack) for tasks in schedules(knapsack))
    assert value <= best + 1e-9 <= upper + 2e-9
    assert fits(chosen, knapsack)


@pytest.mark.parametrize("seed", range(10))
def test_a_floor_below_the_optimum_changes_nothing(seed):
    """Dropping states that cannot pass a reachable profit keeps the optimum."""
    knapsack = random_server(seed, highest_price=0.0)
    best = max(earned(tasks, knapsack) for tasks in schedules(knapsack))
    value, upper, _ = solve(knapsack, 1000, floor=0.9 * best)
    assert value == pytest.approx(best, abs=1e-9)
    assert upper == pytest.approx(best, abs=1e-9)


@pytest.mark.parametrize("n_triples", [0, 4])
@pytest.mark.parametrize("slack", [0.01, 0.2, 1.0])
@pytest.mark.parametrize("seed", range(20))
def test_possible_tasks_are_those_of_nearly_the_best_schedules(seed, slack, n_triples):
    """A task is possible if and only if a schedule above the floor runs it, also one that loses by it; with few states all are."""
    knapsack = random_server(seed, n_triples=n_triples)
    every = schedules(knapsack)
    floor = max(earned(tasks, knapsack) for tasks in every) - slack
    right, possible = np.zeros(TASKS, bool), np.zeros(TASKS, bool)
    for tasks in every:
        if earned(tasks, knapsack) > floor:
            right[list(tasks)] = True
    possible_tasks(knapsack, 1000, floor, possible)
    np.testing.assert_array_equal(possible, right)
    possible_tasks(knapsack, 1, floor, possible)
    assert (possible >= right).all()
