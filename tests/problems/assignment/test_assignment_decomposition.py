"""The knapsack of one server, and the bound that task prices prove."""

import itertools
import math

import numpy as np
import pytest

from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.assignment import knapsack
from aigcbench.problems.assignment.decomposition import decomposition_bounds, evaluate
from aigcbench.problems.assignment.prices import find_prices, price_bound
from aigcbench.problems.assignment.program import Spans, program_of
from aigcbench.scenario import scenario_named

TASKS = 9


def random_server(seed):
    """Profits, steps, capacity and spans of a few tasks on one server."""
    rng = np.random.default_rng(seed)
    arrival = np.sort(rng.integers(0, 20, TASKS)).astype(float)
    end = arrival + rng.integers(1, 12, TASKS)
    index = np.arange(TASKS)
    last = np.maximum(np.searchsorted(arrival, end, side="left") - 1, index)
    sets = np.unique(last)
    spans = Spans(last, sets, np.searchsorted(sets, index), np.searchsorted(sets, last) + 1)
    return rng.normal(0.3, 0.5, TASKS), rng.integers(1, 6, TASKS), int(rng.integers(4, 12)), spans


def fits(chosen, steps, capacity, spans):
    """Whether a choice of tasks never exceeds the capacity at any arrival."""
    for now in range(TASKS):
        running = [j for j in chosen if j <= now <= spans.last[j]]
        if sum(steps[running]) > capacity:
            return False
    return True


def best_by_enumeration(profit, steps, capacity, spans):
    """The best profit over all subsets."""
    subsets = itertools.chain.from_iterable(itertools.combinations(range(TASKS), k) for k in range(TASKS + 1))
    return max(sum(profit[list(chosen)]) for chosen in subsets if fits(chosen, steps, capacity, spans))


def solve(profit, steps, capacity, spans, prefix, width, floor=0.0):
    """Call the kernel; its value, its bound and the tasks that it chose."""
    chosen = np.zeros(TASKS, np.int8)
    value, upper = knapsack.best_schedule(
        profit,
        steps,
        capacity,
        spans.last,
        spans.start,
        spans.stop,
        prefix,
        width,
        floor,
        math.inf,
        knapsack.NO_TRIPLES,
        knapsack.NO_FEES,
        chosen,
    )
    return value, upper, np.flatnonzero(chosen)


@pytest.mark.parametrize("seed", range(40))
def test_a_wide_knapsack_is_exact(seed):
    """With room for every state, value, bound and schedule equal the enumeration's, whatever the prices."""
    profit, steps, capacity, spans = random_server(seed)
    rng = np.random.default_rng(seed)
    prefix = np.concatenate([[0.0], np.cumsum(rng.random(len(spans.sets)) * rng.choice([0.0, 0.05]))])
    value, upper, chosen = solve(profit, steps, capacity, spans, prefix, 1000)
    best = best_by_enumeration(profit, steps, capacity, spans)
    assert value == pytest.approx(best, abs=1e-9)
    assert upper == pytest.approx(best, abs=1e-9)
    assert fits(chosen, steps, capacity, spans)
    assert sum(profit[chosen]) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("width", [1, 2, 5])
def test_a_narrow_knapsack_still_bounds(seed, width):
    """With too few states, the value is reachable and the bound stays above the optimum."""
    profit, steps, capacity, spans = random_server(seed)
    prefix = np.concatenate([[0.0], np.cumsum(np.random.default_rng(seed).random(len(spans.sets)) * 0.05)])
    value, upper, chosen = solve(profit, steps, capacity, spans, prefix, width)
    best = best_by_enumeration(profit, steps, capacity, spans)
    assert value <= best + 1e-9 <= upper + 2e-9
    assert fits(chosen, steps, capacity, spans)


@pytest.mark.parametrize("seed", range(10))
def test_a_floor_below_the_optimum_changes_nothing(seed):
    """Dropping states that cannot pass a reachable profit keeps the optimum."""
    profit, steps, capacity, spans = random_server(seed)
    best = best_by_enumeration(profit, steps, capacity, spans)
    prefix = np.zeros(len(spans.sets) + 1)
    value, upper, _ = solve(profit, steps, capacity, spans, prefix, 1000, floor=0.9 * best)
    assert value == pytest.approx(best, abs=1e-9)
    assert upper == pytest.approx(best, abs=1e-9)


@pytest.mark.parametrize("scenario", ["assignment/asp-tiny", "assignment/orchestration-tiny"])
def test_task_prices_bound_the_optimum(scenario):
    """Every bound on the way is above the best of all decisions, with rejection allowed."""
    for seed in range(8):
        instance = scenario_named(scenario).instance(seed)
        program = program_of(instance)
        prices = find_prices(program, Deadline(2.0), 500)
        optimum = brute_force_with_rejection(instance)
        for value in decomposition_bounds(program, prices, Deadline(0.5)):
            assert value >= optimum - 1e-9


def test_any_task_prices_bound_the_optimum():
    """Validity does not rest on good prices: random ones bound too."""
    instance = scenario_named("assignment/asp-tiny").instance(3)
    program = program_of(instance)
    optimum = brute_force_with_rejection(instance)
    rng = np.random.default_rng(0)
    for _ in range(20):
        task_prices = rng.random(len(program.steps))
        prefix = np.zeros((len(program.spans.sets) + 1, len(program.capacity)))
        prefix[1:] = np.cumsum(rng.random(prefix[1:].shape) * 1e-3, axis=0)
        assert evaluate(program, task_prices, prefix, Deadline(5.0)).upper >= optimum - 1e-9


def test_it_beats_the_relaxation_at_paper_size():
    """Knowing that tasks cannot be split is worth at least 1 % on the paper's fleet."""
    program = program_of(scenario_named("assignment/asp-paper").instance(0))
    prices = find_prices(program, Deadline(20.0), 3000)
    first = next(decomposition_bounds(program, prices, Deadline(60.0)))
    assert first < 0.99 * price_bound(program, prices)


def brute_force_with_rejection(instance):
    """Optimum of the temporal generalised assignment program by enumeration of servers, -1 included."""
    program = program_of(instance)
    n_tasks, n_servers = program.utility.shape
    best = 0.0
    for plan in itertools.product(range(-1, n_servers), repeat=n_tasks):
        plan = np.array(plan)
        value = sum(program.utility[j, plan[j]] for j in range(n_tasks) if plan[j] >= 0)
        if value > best and all(
            program.steps[[j for j in range(n_tasks) if plan[j] == e and j <= now <= program.spans.last[j]]].sum()
            <= program.capacity[e]
            for e in range(n_servers)
            for now in range(n_tasks)
        ):
            best = value
    return best


@pytest.mark.parametrize("seed", range(20))
def test_fees_for_triples_are_paid_once(seed):
    """A knapsack with fees equals the enumeration, also where tasks of a triple never run at the same time."""
    profit, steps, capacity, spans = random_server(seed)
    rng = np.random.default_rng(seed)
    triples = np.array([np.sort(rng.choice(TASKS, 3, replace=False)) for _ in range(4)])
    fees = rng.random(4) * rng.choice([0.0, 0.5], 4)
    chosen = np.zeros(TASKS, np.int8)
    value, upper = knapsack.best_schedule(
        profit, steps, capacity, spans.last, spans.start, spans.stop, np.zeros(len(spans.sets) + 1), 1000, 0.0,
        math.inf, triples, fees, chosen,
    )  # fmt: skip

    def earned(tasks):
        shared = np.isin(triples, tasks).sum(axis=1)
        return sum(profit[list(tasks)]) - fees[shared >= 2].sum()

    subsets = itertools.chain.from_iterable(itertools.combinations(range(TASKS), k) for k in range(TASKS + 1))
    best = max(earned(tasks) for tasks in subsets if fits(tasks, steps, capacity, spans))
    assert value == pytest.approx(best) == pytest.approx(upper) == pytest.approx(earned(np.flatnonzero(chosen)))
