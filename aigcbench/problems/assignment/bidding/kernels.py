"""The price rule: a task goes where its utility exceeds the worth of the capacity that it takes by most.

The worth of ``f`` free steps of server ``e`` for a second is ``price_e * multiplier * phi(f)``. A task of T steps that runs for R
seconds costs the integral of ``phi(f(t)) - phi(f(t) - T)`` over the time that it runs within the horizon, where f(t) is what is free
as the running tasks end. With ``phi(f) = f`` that is T * min(R, time left), the bid price of revenue management (Talluri and van
Ryzin, The Theory and Practice of Revenue Management, 2004, ch. 3); bends of phi make the last steps of a server, which few tasks
fit, worth less than others. Kernels allocate nothing and know no more of the future than an operator does.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aigcbench.problems.assignment.simulator import NONE, kernel

BENDS = (0.4, 0.8)  # where phi bends, in sizes of the largest task
SHAPE_SIZE = 2 * len(BENDS) + 5
KNOT, BEND, PULL, CENTRE, MARGIN, FREED, FLATTEST = 0, len(BENDS), *range(2 * len(BENDS), SHAPE_SIZE)


class Fleet(NamedTuple):
    """Servers and what runs on them: E servers, up to S tasks on each, in order of their ends."""

    capacity: np.ndarray  # (E,) float64, steps
    free: np.ndarray  # (E,) float64, steps
    running: np.ndarray  # (E,) int64, number of running tasks
    end: np.ndarray  # (E, S) float64, s
    steps: np.ndarray  # (E, S) float64
    gain: np.ndarray  # (E, S) float64, utility of each
    risk: np.ndarray  # (E,) float64, utility of all that runs
    held: np.ndarray  # (E,) float64, steps x end (s) of all that runs


@kernel
def clear(fleet, e):
    """Empty server ``e``."""
    fleet.running[e] = 0
    fleet.free[e] = fleet.capacity[e]
    fleet.risk[e] = 0.0
    fleet.held[e] = 0.0


@kernel
def finish(fleet, now):
    """Free the steps of every task that has ended by ``now``."""
    for e in range(fleet.running.shape[0]):
        ended = 0
        while ended < fleet.running[e] and fleet.end[e, ended] <= now:
            fleet.free[e] += fleet.steps[e, ended]
            fleet.risk[e] -= fleet.gain[e, ended]
            fleet.held[e] -= fleet.steps[e, ended] * fleet.end[e, ended]
            ended += 1
        if ended == fleet.running[e]:
            clear(fleet, e)
        elif ended:
            fleet.running[e] -= ended
            for k in range(fleet.running[e]):
                fleet.end[e, k] = fleet.end[e, k + ended]
                fleet.steps[e, k] = fleet.steps[e, k + ended]
                fleet.gain[e, k] = fleet.gain[e, k + ended]


@kernel
def place(fleet, e, end, steps, gain):
    """Let a task run on server ``e`` until ``end``, or crash the server if it does not fit; return the change of utility."""
    if steps > fleet.free[e]:
        lost = fleet.risk[e]
        clear(fleet, e)
        return -lost
    k = fleet.running[e]
    while k > 0 and fleet.end[e, k - 1] > end:
        fleet.end[e, k] = fleet.end[e, k - 1]
        fleet.steps[e, k] = fleet.steps[e, k - 1]
        fleet.gain[e, k] = fleet.gain[e, k - 1]
        k -= 1
    fleet.end[e, k] = end
    fleet.steps[e, k] = steps
    fleet.gain[e, k] = gain
    fleet.running[e] += 1
    fleet.free[e] -= steps
    fleet.risk[e] += gain
    fleet.held[e] += steps * end
    return gain


@kernel
def _extra(shape, free, steps):
    """How much less ``phi`` falls than ``free`` does when ``steps`` are taken of it."""
    extra, rest = 0.0, free - steps
    if rest < shape[KNOT + BEND - 1]:
        for b in range(BEND):
            knot = shape[KNOT + b]
            extra += shape[BEND + b] * (min(free, knot) - min(rest, knot))
    return extra


@kernel
def _taken(fleet, shape, e, steps, seconds, now):
    """Step-seconds, weighted by phi's slope, that a task of ``steps`` takes of server ``e``."""
    free, seen, extra = fleet.free[e], 0.0, 0.0
    for k in range(fleet.running[e]):
        until = fleet.end[e, k] - now
        if until >= seconds or free - steps >= shape[KNOT + BEND - 1]:
            break
        extra += (until - seen) * _extra(shape, free, steps)
        seen = until
        free += fleet.steps[e, k]
    return seconds * steps - extra - (seconds - seen) * _extra(shape, free, steps)


@kernel
def _multiplier(fleet, prices, shape):
    """What all prices are multiplied by, given how much capacity is free."""
    if shape[PULL] == 0.0:
        return 1.0
    free, whole = 0.0, 0.0
    for e in range(prices.shape[0]):
        free += prices[e] * fleet.free[e]
        whole += prices[e] * fleet.capacity[e]
    if whole <= 0.0:
        return 1.0
    return max(0.0, 1.0 + shape[PULL] * (shape[CENTRE] - free / whole))


@kernel
def choose(fleet, prices, shape, utility, steps, runtime, now, horizon, reject):
    """Server for a task of ``utility`` (E,), or -1; where ``reject`` is False a server to crash if that loses least."""
    left = max(0.0, horizon - now)
    seconds, multiplier = min(runtime, left), _multiplier(fleet, prices, shape)
    least_taken = seconds * steps * shape[FLATTEST] * multiplier
    best, chosen = -np.inf, NONE
    if reject:
        best = 0.0
    for e in range(prices.shape[0]):
        if steps <= fleet.free[e] and (utility[e] - prices[e] * least_taken >= best):
            value = utility[e] - prices[e] * multiplier * _taken(fleet, shape, e, steps, seconds, now)
            if value > best or (chosen == NONE and value == best):
                best, chosen = value, e
    if reject:
        return chosen
    least = best + shape[MARGIN]
    if chosen == NONE:
        least = -np.inf
    for e in range(prices.shape[0]):
        if steps > fleet.free[e]:
            used = fleet.capacity[e] - fleet.free[e]
            freed = min(fleet.held[e] - now * used, left * used)
            value = shape[FREED] * prices[e] * multiplier * freed - fleet.risk[e]
            if value > least:
                least, chosen = value, e
    return chosen


@kernel
def decide(fleet, prices, shape, utility, service_server, best, service, steps, runtime, now, horizon, reject):
    """Service for a task of ``utility`` (I,), or -1, after what has ended by ``now``; fills ``best`` and ``service`` (E,)."""
    finish(fleet, now)
    for e in range(best.shape[0]):
        best[e] = -np.inf
    for i in range(utility.shape[0]):
        e = service_server[i]
        if utility[i] > best[e]:
            best[e], service[e] = utility[i], i
    e = choose(fleet, prices, shape, best, steps, runtime, now, horizon, reject)
    if e == NONE:
        return NONE
    return service[e]


@kernel
def play(fleet, prices, shape, utility, first, arrival, kind, steps, runtime, horizon, reject):
    """Play forecast episodes; return the utility of the tasks that never crashed and the mean free share of capacity.

    Parameters
    ----------
    fleet
        Is cleared before each episode.
    utility
        (kinds, E) on the best service of each server.
    first
        (episodes + 1,) index of each episode's first task, and the end of the last one.
    arrival, kind
        (tasks,) arrival times (s) and rows of ``utility``, one episode after another.
    steps, runtime
        (kinds,) steps and s.
    """
    total, free, whole = 0.0, 0.0, 0.0
    for e in range(prices.shape[0]):
        whole += prices[e] * fleet.capacity[e]
    for n in range(first.shape[0] - 1):
        for e in range(prices.shape[0]):
            clear(fleet, e)
        for j in range(first[n], first[n + 1]):
            k, now = kind[j], arrival[j]
            finish(fleet, now)
            for e in range(prices.shape[0]):
                free += prices[e] * fleet.free[e]
            e = choose(fleet, prices, shape, utility[k], steps[k], runtime[k], now, horizon, reject)
            if e != NONE:
                total += place(fleet, e, now + runtime[k], steps[k], utility[k, e])
    whole *= max(first[-1] - first[0], 1)
    return total, free / whole if whole > 0.0 else 0.0
