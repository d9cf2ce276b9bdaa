"""Compiled inner loops of the planners: price iterations, greedy plans, repair of plans."""

from __future__ import annotations

import numpy as np
from numba import njit

from aigcbench.problems.assignment import simulator
from aigcbench.problems.assignment.simulator import NONE


@njit(cache=True)
def price_iterations(utility, steps, capacity, start, stop, shares, prices, share_step, price_step, iterations):
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


@njit(cache=True)
def prophet(s, otherwise, decisions):
    for j in range(s.n_tasks[0]):
        best, chosen = -np.inf, otherwise
        for i in range(s.service_server.shape[0]):
            e = s.service_server[i]
            if s.used[0, e] + s.steps[0, j] <= s.capacity[0, e]:
                utility = simulator.utility_of(s, 0, i, j)
                if utility > best:
                    best, chosen = utility, i
        decisions[j] = chosen
        simulator.step(s, 0, chosen)


@njit(cache=True)
def fill(worth, steps, capacity, start, stop, load, plan):
    """Place tasks in order of arrival into what room ``load`` (sets, servers) leaves over their whole span."""
    for j in range(worth.shape[0]):
        best = 0.0
        for e in range(worth.shape[1]):
            if worth[j, e] <= best:
                continue
            room = True
            for m in range(start[j], stop[j]):
                if load[m, e] + steps[j] > capacity[e]:
                    room = False
                    break
            if room:
                best = worth[j, e]
                plan[j] = e
        if plan[j] >= 0:
            for m in range(start[j], stop[j]):
                load[m, plan[j]] += steps[j]


@njit(cache=True)
def repair(s, plan, service, utility, start, stop, load, decisions):
    """Play ``plan`` where no task may be rejected, finding a place for each task that it leaves out.

    A task left out goes where it fits beside the plan, at the best utility. Failing that it goes where it costs least: a server
    that crashes by it loses what runs there; a server that has room now may later be too full for tasks of the plan, and is held
    to cost all of them that overlap. Tasks of the plan whose server is too full by then count as left out.

    Parameters
    ----------
    s
        Simulator state at the first task.
    plan
        (J,) server of each task or -1; changed.
    service, utility
        (J, E) best service on each server and its utility.
    start, stop
        (J,) span of each task in maximal active sets.
    load
        (sets, E) steps of the planned tasks; changed.
    decisions
        (J,) output.
    """
    n_servers = service.shape[1]
    for j in range(len(plan)):
        steps, chosen = s.steps[0, j], plan[j]
        if chosen == NONE or s.used[0, chosen] + steps > s.capacity[0, chosen]:
            if chosen != NONE:
                _change(load, start, stop, j, chosen, -steps)
            chosen, highest = 0, -np.inf
            for e in range(n_servers):
                gain = _gain(s, plan, utility, start, stop, load, j, e)
                if gain > highest:
                    chosen, highest = e, gain
            plan[j] = NONE
            if s.used[0, chosen] + steps <= s.capacity[0, chosen]:
                plan[j] = chosen
                _change(load, start, stop, j, chosen, steps)
            else:
                k = s.first[0, chosen]
                while k != NONE:
                    _change(load, start, stop, k, chosen, -s.steps[0, k])
                    k = s.following[0, k]
        decisions[j] = service[j, chosen]
        simulator.step(s, 0, decisions[j])


@njit(cache=True)
def _gain(s, plan, utility, start, stop, load, j, e):
    """What sending task ``j``, which has no place in the plan, to server ``e`` now adds to the plan's utility, about."""
    gain = 0.0
    if s.used[0, e] + s.steps[0, j] > s.capacity[0, e]:
        k = s.first[0, e]
        while k != NONE:
            gain -= s.gain[0, k]
            k = s.following[0, k]
        return gain
    gain = utility[j, e]
    for m in range(start[j], stop[j]):
        if load[m, e] + s.steps[0, j] > s.capacity[0, e]:
            for k in range(j + 1, len(plan)):
                if start[k] >= stop[j]:
                    break
                if plan[k] == e:
                    gain -= utility[k, e]
            break
    return gain


@njit(cache=True)
def _change(load, start, stop, j, e, steps):
    for m in range(start[j], stop[j]):
        load[m, e] += steps
