"""Capacity prices: the dual of the temporal generalised assignment program, and the bound that any prices prove.

A price per (maximal active set, server) makes task j cost steps_j times the sum of the prices over its contiguous span of sets,
which prefix sums give at once, so that no matrix is ever stored. By weak duality, for prices y >= 0,
sum C_e y[m, e] + sum_j max(0, max_e u[j, e] - cost[j, e]) is no less than the optimum.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from aigcbench.optimization.deadline import Deadline
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
    weight = value / (steps.mean() * math.sqrt(length.mean()))  # ratio of price steps to share steps, in utility per step
    share_step = 1.0 / (steps * length * weight)
    price_step = weight / np.cumsum(load)[:-1]
    shares, prices = np.zeros(program.utility.shape), np.zeros(shape)
    best, lowest = prices.copy(), np.inf
    capacity, done, period = program.capacity.astype(np.float64), 0, FIRST_PERIOD
    while done < iterations and not deadline.passed:
        prices = _iterate(
            program.utility, steps, capacity, spans.start, spans.stop, shares, prices, share_step, price_step, period
        )
        done += period
        period = max(FIRST_PERIOD, done // 3)
        value = price_bound(program, prices)
        if value < lowest:
            best, lowest = prices.copy(), value
    return best


@njit(cache=True)
def _iterate(utility, steps, capacity, start, stop, shares, prices, share_step, price_step, iterations):
    """Iterate from (shares, prices); leave the average shares in ``shares`` and return the average prices."""
    n_tasks, n_servers = utility.shape
    n_sets = prices.shape[0]
    prices = prices.copy()
    share_sum, price_sum = np.zeros_like(shares), np.zeros_like(prices)
    prefix, change, line = np.zeros((n_sets + 1, n_servers)), np.empty((n_sets + 1, n_servers)), np.empty(n_servers)
    for _ in range(iterations):
        for m in range(n_sets):
            for e in range(n_servers):
                prefix[m + 1, e] = prefix[m, e] + prices[m, e]
        change[:] = 0.0
        for j in range(n_tasks):
            first, after = start[j], stop[j]
            for e in range(n_servers):
                gain = utility[j, e] - steps[j] * (prefix[after, e] - prefix[first, e])
                line[e] = shares[j, e] + share_step[j] * gain
            threshold = _threshold(line)
            for e in range(n_servers):
                new = max(0.0, line[e] - threshold)
                beyond = 2.0 * new - shares[j, e]
                if beyond != 0.0:
                    change[first, e] += steps[j] * beyond
                    change[after, e] -= steps[j] * beyond
                shares[j, e] = new
                share_sum[j, e] += new
        line[:] = 0.0
        for m in range(n_sets):
            for e in range(n_servers):
                line[e] += change[m, e]
                prices[m, e] = max(0.0, prices[m, e] + price_step[m] * (line[e] - capacity[e]))
                price_sum[m, e] += prices[m, e]
    shares[:] = share_sum / iterations
    return price_sum / iterations


@njit(cache=True)
def _threshold(line):
    """What to subtract before clipping at 0, to project ``line`` onto {x >= 0, sum x <= 1} (Michelot, 1986)."""
    threshold, count = 0.0, line.shape[0] + 1
    while True:
        total, above = 0.0, 0
        for value in line:
            if value > threshold:
                total += value
                above += 1
        if total <= 1.0 or above >= count:  # the second: rounding has put an entry back
            return threshold
        threshold, count = (total - 1.0) / above, above
