"""Compiled inner loops of the bounds."""

from __future__ import annotations

import numpy as np
from numba import njit

from aigcbench.problems.flow import simulator
from aigcbench.problems.flow.model import REJECT
from aigcbench.problems.flow.observing import delay_of


@njit(cache=True)
def search(
    time, required, deadline, data, work, priority, capacity, level_rate, level_units, units, speed, share, actions
):
    """Try for each flow every action that admits it, late ones included, and last its rejection.

    A branch ends where even all flows to come would not beat the best; what blocks a flow is the same as rejecting it.

    Returns
    -------
    The best sum of completed priorities, with its ``actions`` filled in.
    """
    n_flows, n_levels = len(time), len(level_rate)
    rejection = len(capacity) * n_levels
    to_come = np.zeros(n_flows + 1, np.int64)
    for i in range(n_flows - 1, -1, -1):
        to_come[i] = to_come[i + 1] + priority[i]
    following = np.zeros(n_flows, np.int64)  # the action to try next at each depth
    value = np.zeros(n_flows + 1, np.int64)
    chosen = np.full(n_flows, REJECT, np.int64)
    rate, sent, done = np.zeros(n_flows), np.zeros(n_flows), np.zeros(n_flows)  # Mbit/s, end of sending s, completion s
    best, i = np.int64(-1), 0
    while i >= 0:
        if i == n_flows or value[i] + to_come[i] <= best or following[i] > rejection:
            if i == n_flows and value[i] > best:
                best = value[i]
                actions[:] = chosen
            i -= 1
            continue
        action = following[i]
        following[i] += 1
        if action < rejection:
            gateway, level = action // n_levels, action % n_levels
            free, backlog, free_units = capacity[gateway], 0.0, units
            for j in range(i):
                if chosen[j] == REJECT:
                    continue
                if chosen[j] // n_levels == gateway and sent[j] > time[i]:
                    free -= rate[j]
                    backlog += rate[j] * (sent[j] - time[i])
                if done[j] > time[i]:
                    free_units -= level_units[chosen[j] % n_levels]
            own = min(level_rate[level] * required[i], free)
            if own < share * required[i] or free_units < level_units[level]:
                continue
            delay = data[i] / own + backlog / max(free, own) + work[i] / (level_units[level] * speed)
            rate[i], sent[i], done[i] = own, time[i] + data[i] / own, time[i] + delay
            chosen[i] = action
            value[i + 1] = value[i] + (priority[i] if delay <= deadline[i] else 0)
        else:
            chosen[i] = REJECT
            value[i + 1] = value[i]
        i += 1
        if i < n_flows:
            following[i] = 0
    return best


@njit(cache=True)
def record(s, actions, rate, delay):
    """Play ``actions`` (J,) on the episode in slot 0; fill in each flow's rate (Mbit/s) and delay (s), 0 where it is not admitted."""
    levels = s.level_rate.shape[0]
    for j in range(s.n_flows[0]):
        rate[j], delay[j] = 0.0, 0.0
        if actions[j] != REJECT:
            g, level = actions[j] // levels, actions[j] % levels
            found = delay_of(s, 0, j, g, level)
            if found >= 0.0:
                rate[j], delay[j] = min(s.level_rate[level] * s.rate[0, j], s.free[0, g]), found
        simulator.step(s, 0, actions[j])
