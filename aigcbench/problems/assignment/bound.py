"""Proven upper bounds on utility: branch and price, knapsacks with task prices, capacity prices, the linear relaxation, or the best service for all."""

from __future__ import annotations

import math
from functools import cache, partial

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.deadline import Deadline
from aigcbench.optimization.relaxation import solve_relaxation
from aigcbench.problems.assignment.branching.primal import PlanFinder
from aigcbench.problems.assignment.branching.tree import branch_and_price
from aigcbench.problems.assignment.decomposition import decomposition_bounds
from aigcbench.problems.assignment.greedy import priced_plan, worth_at
from aigcbench.problems.assignment.linear import assignment_model
from aigcbench.problems.assignment.model import NAME
from aigcbench.problems.assignment.prices import find_prices, price_bound, upwards
from aigcbench.problems.assignment.program import Program, best_on_servers, entries_of, program_of
from aigcbench.problems.problem import Bound

BRANCHED_ENTRIES = 5000  # tasks x servers up to which a tree closes in, rather than subgradient steps
MAXIMUM_ENTRIES = 5 * 10**6  # tasks x services that a program is built for (about 500 MB)
ITERATIONS = 5000  # of the price search; within 0.01 % of the relaxation at paper size, 0.05 % at three times the load
ANNEALING_SHARE = 0.1  # of the time, for plans that the tree prunes with, and again for plans near the root's mix
PRICE_SHARE = 0.3  # of the time, at most


def bound(instance: Instance, seconds: float) -> Bound:
    """The best upper bound on the utility of any decisions that about ``seconds`` can prove.

    Capacity prices first, then knapsacks with task prices: for a small instance within branch and price; where they are too
    large to gain anything, the linear relaxation.
    Whatever the method, the value is computed anew from its prices, so that it does not rest on convergence or tolerances.
    """
    if entries_of(instance) > MAXIMUM_ENTRIES:
        return best_service_bound(instance)
    deadline = Deadline(seconds)
    program = program_of(instance)
    prices = find_prices(program, Deadline(PRICE_SHARE * seconds), ITERATIONS)
    best = Bound(price_bound(program, prices), "lagrangian-prices")
    if program.utility.size <= BRANCHED_ENTRIES:
        plans, start = _BestPlan(program), priced_plan(program, prices)
        finder = PlanFinder(program, ANNEALING_SHARE, deadline, np.random.default_rng(0))
        plans.offer(finder.by_worth(start, worth_at(program, prices)))
        for value in branch_and_price(program, prices, deadline, plans.offer, partial(finder.near, start)):
            best = min(best, Bound(upwards(value), "branch-and-price"), key=_value)
        return best
    for value in decomposition_bounds(program, prices, deadline):
        best = min(best, Bound(value, "task-prices-knapsack"), key=_value)
    if best.method == "lagrangian-prices" and relaxation_seconds(program) < deadline.left:
        best = min([best, *relaxation_bound(program, deadline.left)], key=_value)
    return best


class _BestPlan:
    """The utility of the best plan of a program that was seen."""

    def __init__(self, program: Program) -> None:
        self._program, self._best = program, -math.inf

    def offer(self, plan: np.ndarray) -> float:
        """Look at a plan (int64, tasks; server or -1); the best utility so far."""
        self._best = max(self._best, self._program.utility_of(plan))
        return self._best


@cache
def warm_up() -> None:
    """Load or compile what bounds need, on an instance of two tasks."""
    arrays = {
        "server_capacity": np.array([2, 2]),
        "service_server": np.array([0, 1]),
        "utility_line": np.array([[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 2.0]]),
        "type_quality": np.zeros((2, 1)),
        "task_arrival": np.array([0.0, 0.5]),
        "task_steps": np.array([1, 2]),
        "task_runtime": np.ones(2),
        "task_type": np.zeros(2, np.int64),
    }
    bound(Instance(NAME, "custom", 0, "test", 0, {"quality_weight": 1.0}, arrays), 1.0)


def _value(bound: Bound) -> float:
    return bound.value


def relaxation_bound(program: Program, seconds: float) -> list[Bound]:
    """The bound of the linear relaxation's dual prices; empty if HiGHS is not done in time."""
    model = assignment_model(program)
    relaxation = solve_relaxation(model.linear, seconds, threads=1)
    if relaxation is None:
        return []
    prices = model.prices(relaxation.reduced_profit, len(program.capacity))
    return [Bound(price_bound(program, prices), "lp-highs")]


def relaxation_seconds(program: Program) -> float:
    """Rough time for the relaxation, fitted on the paper and stress presets (1 s, 6 s, 19 s)."""
    length = program.spans.stop - program.spans.start
    return 6.0 * (float(length.sum()) * len(program.capacity) / 1e6) ** 1.35


def best_service_bound(instance: Instance) -> Bound:
    """Every task on the best service that can hold it, as if alone; needs little memory at any size."""
    parts: list[float] = []
    for kinds, best, _ in best_on_servers(instance):
        top = np.maximum(best.max(axis=1), 0.0)
        parts.append(math.fsum(top * np.bincount(kinds[kinds >= 0], minlength=len(top))))
    return Bound(upwards(math.fsum(parts)), "best-service")
