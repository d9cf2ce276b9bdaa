"""A bound beyond the linear relaxation: price each task, and solve every server's temporal knapsack exactly.

For task prices v >= 0 the Lagrangian relaxation of "each task once" falls apart into one knapsack per server, and
sum_j v_j + sum_e knapsack_e(u_je - v_j) is no less than the optimum (Geoffrion, 1974). Unlike the linear relaxation it knows that
tasks cannot be split, which is worth 1 to 2 % at paper size.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.assignment.knapsack.schedule import best_schedule
from aigcbench.problems.assignment.knapsack.states import NO_FEES, NO_TRIPLES, Knapsack
from aigcbench.problems.assignment.prices import upwards
from aigcbench.problems.assignment.program import Program

WIDTHS = (64, 1_000, 8_000, 40_000)  # states at a time, until the knapsack is solved
QUICK_SLACK = 0.1  # of the mean utility: what the first, quick pass looks at
TOLERANCE = 1e-9  # relative, for the rounding inside a knapsack: far above it, far below any gap
FIRST_STEP, STEP_DECAY, PATIENCE = (
    1.6e-3,
    0.6,
    8,
)  # step lengths relative to the bound, and steps without gain before a decay
MOMENTUM = 0.5
_PASSES = ((WIDTHS[0], 1.0, 0.0), (WIDTHS[0], math.inf, 0.0), *((b, math.inf, b / a) for a, b in pairwise(WIDTHS)))
"""Width, slack in units of the quick look's, and growth over the pass before; the first two are always taken."""
LEAST_GAIN = 1e-4  # relative to the relaxation: below it the knapsacks are too large to be worth more time


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The Lagrangian at some task prices.

    Parameters
    ----------
    upper
        Valid upper bound on any utility.
    schedules
        int8 (servers, tasks): 1 where the server runs the task in the best schedule found for it.
    """

    upper: float
    schedules: np.ndarray


def decomposition_bounds(program: Program, capacity_prices: np.ndarray, deadline: Deadline) -> Iterator[float]:
    """Ever better bounds, by subgradient steps on the task prices, until the deadline or until no more is to be gained.

    Parameters
    ----------
    capacity_prices
        float64 (sets, servers) >= 0 from the linear relaxation: where the task prices start, and what prunes the knapsacks.
    """
    prefix = prefix_sums(capacity_prices)
    prices = task_prices(program, prefix)
    relaxed = prices.sum() + float(prefix[-1] @ program.capacity)
    found = evaluate(program, prices, prefix, deadline)
    yield found.upper
    if found.upper > relaxed * (1.0 - LEAST_GAIN):
        return
    best, best_prices = found.upper, prices
    direction, step, stalled = np.zeros(len(prices)), FIRST_STEP, 0
    while not deadline.passed and step > FIRST_STEP / 100:
        coverage = found.schedules.sum(axis=0, dtype=np.int64)
        subgradient = np.where((prices <= 0.0) & (coverage < 1), 0.0, 1.0 - coverage)
        direction = subgradient + MOMENTUM * direction
        if not direction.any():
            return  # a subgradient of 0: these prices are optimal
        prices = np.maximum(prices - step * best / (direction @ direction) * direction, 0.0)
        found = evaluate(program, prices, prefix, deadline)
        if found.upper < best:
            best, best_prices, stalled = found.upper, prices, 0
            yield best
            continue
        stalled += 1
        if stalled == PATIENCE:
            prices, direction, step, stalled = best_prices, np.zeros(len(prices)), STEP_DECAY * step, 0
            found = evaluate(program, prices, prefix, deadline)


def prefix_sums(capacity_prices: np.ndarray) -> np.ndarray:
    """Prefix sums over the sets, float64 (sets + 1, servers), of prices (sets, servers); negative ones count as 0."""
    prefix = np.zeros((len(capacity_prices) + 1, capacity_prices.shape[1]))
    np.cumsum(np.maximum(capacity_prices, 0.0), axis=0, out=prefix[1:])
    return prefix


def task_prices(program: Program, prefix: np.ndarray) -> np.ndarray:
    """What each task gains at most where capacity has these prices (float64, tasks): the relaxation's prices of tasks."""
    rents = program.steps[:, None] * (prefix[program.spans.stop] - prefix[program.spans.start])
    return np.maximum((program.utility - rents).max(axis=1), 0.0)


def evaluate(program: Program, prices: np.ndarray, prefix: np.ndarray, deadline: Deadline) -> Evaluation:
    """The Lagrangian at task prices (float64, tasks, >= 0); past the deadline servers count with what their prices bound."""
    schedules = np.zeros((len(program.capacity), len(prices)), np.int8)
    parts = [math.fsum(prices)]
    for server in range(len(program.capacity)):
        upper, schedules[server] = _knapsack(program, server, program.utility[:, server] - prices, prefix, deadline)
        parts.append(upper * (1.0 + TOLERANCE))
    return Evaluation(upwards(math.fsum(parts)), schedules)


def knapsack_of(
    program: Program, server: int, profit: np.ndarray, prefix: np.ndarray, triples: np.ndarray, fees: np.ndarray
) -> Knapsack:
    """A server's knapsack where tasks earn ``profit`` (float64, tasks), capacity prices and fees as in `Knapsack`."""
    spans, own = program.spans, np.ascontiguousarray(prefix[:, server])
    capacity = int(program.capacity[server])
    return Knapsack(profit, program.steps, capacity, spans.last, spans.start, spans.stop, own, triples, fees)


def _knapsack(
    program: Program, server: int, profit: np.ndarray, prefix: np.ndarray, deadline: Deadline
) -> tuple[float, np.ndarray]:
    """Upper bound on a server's profit and the best schedule found, with more and more states."""
    problem = knapsack_of(program, server, profit, prefix, NO_TRIPLES, NO_FEES)
    best, upper = 0.0, math.inf
    chosen, trial = np.zeros(len(profit), np.int8), np.zeros(len(profit), np.int8)
    slack = QUICK_SLACK * max(float(np.maximum(program.utility, 0.0).mean()), 1e-300)
    seconds = 0.0
    for width, limit, growth in _PASSES:
        if growth * seconds > deadline.left:
            break  # a pass takes time in proportion to its width
        floor, start = best * (1.0 - TOLERANCE), time.perf_counter()
        value, bound = best_schedule(problem, width, floor, limit * slack, trial)
        seconds = time.perf_counter() - start
        if value > best:
            best, chosen, trial = value, trial, chosen
        if limit == math.inf:
            upper = min(upper, max(bound, best))
            if upper <= best * (1.0 + TOLERANCE):
                break
    return upper, chosen
