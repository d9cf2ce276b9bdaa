"""The bound that task prices prove."""

import itertools

import numpy as np
import pytest

from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.assignment.decomposition import decomposition_bounds, evaluate
from aigcbench.problems.assignment.prices import find_prices, price_bound
from aigcbench.problems.assignment.program import program_of
from aigcbench.scenario import scenario_named


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
