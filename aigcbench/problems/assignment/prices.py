"""Capacity prices: the dual of the temporal generalised assignment program, and the bound that any prices prove.

A price per (maximal active set, server) makes task j cost steps_j times the sum of the prices over its contiguous span of sets,
which prefix sums give at once, so that no matrix is ever stored. By weak duality, for prices y >= 0,
sum C_e y[m, e] + sum_j max(0, max_e u[j, e] - cost[j, e]) is no less than the optimum.
"""

from __future__ import annotations

import math

import numpy as np

from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.assignment import kernels
from aigcbench.problems.assignment.program import Program

FIRST_PERIOD = 40  # iterations before the first restart; each next period is a third of the iterations so far
MARGIN = 1e-12  # relative: far above the rounding of a sum of utilities, far below any gap


def price_bound(program: Program, prices: np.ndarray) -> float:
    """Upper bound on the utility of any decisions, from any prices.

    The prices are first rounded down to multiples of a power of two that is coarse enough to make their prefix sums and the tasks'
    costs exact in float64; each remaining rounding is pushed upwards.

    Parameters
    ----------
    prices
        float64 (sets, servers); what is negative or not finite counts as 0.
    """
    spans, steps = program.spans, program.steps.astype(np.float64)
    prices = np.where(np.isfinite(prices), np.maximum(prices, 0.0), 0.0)
    largest = float(max(steps.max(), program.capacity.max(), 1)) * max(float(prices.sum()), 1e-300)
    unit = math.ldexp(1.0, max(math.ceil(math.log2(largest)) - 51, -1000))
    whole = np.floor(prices / unit)
    prefix = np.zeros((len(prices) + 1, len(program.capacity)))
    np.cumsum(whole, axis=0, out=prefix[1:])
    best = np.zeros(len(steps))
    for e in range(len(program.capacity)):
        cost = steps * (prefix[spans.stop, e] - prefix[spans.start, e]) * unit
        np.maximum(best, np.nextafter(program.utility[:, e] - cost, np.inf), out=best)
    rent = sum(int(total) * int(capacity) for total, capacity in zip(prefix[-1], program.capacity, strict=True))
    return upwards(math.fsum([*best, rent * unit]))


def upwards(value: float) -> float:
    """``value`` with room for the rounding of whoever adds up utilities in another order."""
    return value + MARGIN * abs(value)


def find_prices(program: Program, deadline: Deadline, iterations: int) -> np.ndarray:
    """Near-optimal prices (float64, sets x servers) by primal-dual hybrid gradient with restarts at the average.

    Deterministic unless the deadline ends it. Step sizes are the diagonal ones of Pock and Chambolle (ICCV 2011); restarts as in
    PDLP (Applegate et al., NeurIPS 2021), but at growing fixed periods.
    """
    spans, steps = program.spans, program.steps.astype(np.float64)
    length = (spans.stop - spans.start).astype(np.float64)
    shape = (len(spans.sets), len(program.capacity))
    load = np.zeros(shape[0] + 1)
    np.add.at(load, spans.start, steps)
    np.add.at(load, spans.stop, -steps)
    value = float(np.maximum(program.utility.max(axis=1), 0.0).mean())
    if value == 0.0:
        return np.zeros(shape)
    weight = value / (
        steps.mean() * math.sqrt(length.mean())
    )  # ratio of price steps to share steps, in utility per step
    share_step = 1.0 / (steps * length * weight)
    price_step = weight / np.cumsum(load)[:-1]
    shares, prices = np.zeros(program.utility.shape), np.zeros(shape)
    best, lowest = prices.copy(), np.inf
    capacity, done, period = program.capacity.astype(np.float64), 0, FIRST_PERIOD
    while done < iterations and not deadline.passed:
        prices = kernels.price_iterations(
            program.utility, steps, capacity, spans.start, spans.stop, shares, prices, share_step, price_step, period
        )
        done += period
        period = max(FIRST_PERIOD, done // 3)
        value = price_bound(program, prices)
        if value < lowest:
            best, lowest = prices.copy(), value
    return best
