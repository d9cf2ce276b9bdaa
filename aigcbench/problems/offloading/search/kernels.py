"""Compiled offloading plans: what a move changes, without playing the plan anew.

Work that joins station s in slot t delays the later tasks of that slot there, and every task of the slots after it by as much as
the queue is longer: ``max(queue + change + placed - f D, 0)`` slot by slot, until the change has died out. The tasks of a slot
lie station after station, in the order of service, so that a task's place among those of a station is found by bisection.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aigcbench.problems.offloading.simulator import kernel


class Plan(NamedTuple):
    """J tasks of S slots on B stations; a cell is a slot and a station."""

    capacity: np.ndarray  # (B,) float64, Gcycles/s
    rate: np.ndarray  # (B,) float64, Mbit/s
    served: np.ndarray  # (B,) float64, Gcycles that a station serves in a slot
    data: np.ndarray  # (J,) float64, Mbit
    work: np.ndarray  # (J,) float64, Gcycles
    result: np.ndarray  # (J,) float64, Mbit
    home: np.ndarray  # (J,) int64, station at which each task arrives
    slot: np.ndarray  # (J,) int64
    slot_first: np.ndarray  # (S + 1,) int64, first task of each slot
    station: np.ndarray  # (J,) int64, the plan
    members: np.ndarray  # (J,) int64, the tasks of each slot by station, then in the order of service
    ahead: np.ndarray  # (J,) float64, Gcycles that their cell holds ahead of the members
    first: np.ndarray  # (S, B + 1) int64, where the cells begin in members
    tasks: np.ndarray  # (B, S) int64, tasks of each cell
    queue: np.ndarray  # (B, S + 1) float64, Gcycles at the start of each slot
    spare: np.ndarray  # (B, S) float64, Gcycles that a station could have served beyond all it had
    score: np.ndarray  # (1,) float64, total delay, s


@kernel
def load(p, station):
    """Make ``station`` (J,) the plan."""
    stations, slots = p.tasks.shape
    p.first[:] = 0
    for j in range(len(station)):
        p.station[j] = station[j]
        p.first[p.slot[j], station[j] + 1] += 1
    for t in range(slots):
        p.first[t, 0] = p.slot_first[t]
        for s in range(stations):
            p.tasks[s, t] = p.first[t, s + 1]
            p.first[t, s + 1] += p.first[t, s]
    for j in range(len(station)):  # cells fill up from where they begin, which is put right below
        t, s = p.slot[j], station[j]
        p.members[p.first[t, s]] = j
        p.first[t, s] += 1
    for t in range(slots):
        for s in range(stations):
            p.first[t, s] -= p.tasks[s, t]
            _sum_ahead(p, t, s, p.first[t, s])
    for s in range(stations):
        for t in range(slots):
            _end_slot(p, s, t)
    p.score[0] = total_delay(p)


@kernel
def total_delay(p):
    """Sum of the delays of all tasks, s."""
    total = 0.0
    for k in range(len(p.members)):
        j = p.members[k]
        s = p.station[j]
        total += _alone(p, j, s) + (p.queue[s, p.slot[j]] + p.ahead[k]) / p.capacity[s]
    return total


@kernel
def _alone(p, j, s):
    """Delay of task ``j`` on station ``s`` if it waits for nothing, s."""
    delay = p.work[j] / p.capacity[s] + p.result[j] / p.rate[s]
    return delay + p.data[j] / p.rate[s] if s != p.home[j] else delay


@kernel
def _place(p, j, s):
    """Where in members task ``j`` is, or would be were it on station ``s``."""
    t = p.slot[j]
    low, high = p.first[t, s], p.first[t, s + 1]
    while low < high:
        middle = (low + high) // 2
        if p.members[middle] < j:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _sum_ahead(p, t, s, k):
    """Add up the work ahead of the members of a cell from place ``k`` on."""
    while k < p.first[t, s + 1]:
        if k == p.first[t, s]:
            p.ahead[k] = 0.0
        else:
            p.ahead[k] = p.ahead[k - 1] + p.work[p.members[k - 1]]
        k += 1


@kernel
def _ahead_at(p, t, s, k):
    """Work of the members of a cell that lie before place ``k``, Gcycles."""
    if k == p.first[t, s]:
        return 0.0
    return p.ahead[k - 1] + p.work[p.members[k - 1]]


@kernel
def _end_slot(p, s, t):
    """Recompute what slot ``t`` leaves on station ``s``; return whether the queue is another than before."""
    left = p.queue[s, t] + _ahead_at(p, t, s, p.first[t, s + 1]) - p.served[s]
    queue, before = max(left, 0.0), p.queue[s, t + 1]
    p.queue[s, t + 1] = queue
    p.spare[s, t] = max(-left, 0.0)
    return queue != before


@kernel
def _longer(p, s, t, change, most):
    """Gcycles that tasks wait more from slot ``t`` on if the queue there is longer by ``change``; above ``most`` some number above it."""
    waiting = 0.0
    for u in range(t, p.tasks.shape[1]):
        waiting += change * p.tasks[s, u]
        change -= p.spare[s, u]
        if change <= 0.0 or waiting > most:
            break
    return waiting


@kernel
def _shorter(p, s, t, change):
    """Gcycles that tasks wait less from slot ``t`` on if the queue there is shorter by ``change``, which is no more than it is."""
    waiting = 0.0
    for u in range(t, p.tasks.shape[1]):
        waiting += change * p.tasks[s, u]
        change = min(change, p.queue[s, u + 1])
        if change == 0.0:
            break
    return waiting


@kernel
def leaving(p, j):
    """Total delay that is saved, its own included, if task ``j`` leaves its station, s."""
    s, t, work = p.station[j], p.slot[j], p.work[j]
    k = _place(p, j, s)
    waiting = p.queue[s, t] + p.ahead[k] + work * (p.first[t, s + 1] - k - 1)
    waiting += _shorter(p, s, t + 1, min(work, p.queue[s, t + 1]))
    return waiting / p.capacity[s] + _alone(p, j, s)


@kernel
def joining(p, j, s, limit):
    """Total delay that is added, its own included, if task ``j`` joins station ``s``, s; some number above ``limit`` if it is that."""
    t, work, alone = p.slot[j], p.work[j], _alone(p, j, s)
    most = (limit - alone) * p.capacity[s]
    if p.queue[s, t] > most:
        return np.inf
    k = _place(p, j, s)
    waiting = p.queue[s, t] + _ahead_at(p, t, s, k) + work * (p.first[t, s + 1] - k)
    waiting += _longer(p, s, t + 1, max(work - p.spare[s, t], 0.0), most - waiting)
    return waiting / p.capacity[s] + alone


@kernel
def replacing(p, j, k, limit):
    """Change of its station's total delay if task ``j`` leaves it and task ``k`` joins, s; some number above ``limit`` if it is that."""
    s, t_out, t_in = p.station[j], p.slot[j], p.slot[k]
    place_out, place_in = _place(p, j, s), _place(p, k, s)
    waiting = p.queue[s, t_in] + _ahead_at(p, t_in, s, place_in) + p.work[k] * (p.first[t_in, s + 1] - place_in)
    waiting -= p.queue[s, t_out] + p.ahead[place_out] + p.work[j] * (p.first[t_out, s + 1] - place_out - 1)
    if t_in == t_out:
        waiting -= p.work[j] if j < k else p.work[k]  # one does not wait for the other
    alone = _alone(p, k, s) - _alone(p, j, s)
    change, last = 0.0, max(t_in, t_out)
    for t in range(min(t_in, t_out), last + 1):
        tasks = p.tasks[s, t]
        if t == t_in:
            tasks += 1
        if t == t_out:
            tasks -= 1
        waiting += change * tasks
        if t == t_in:
            change += p.work[k]
        if t == t_out:
            change -= p.work[j]
        queue = p.queue[s, t + 1]
        change = max(queue - p.spare[s, t] + change, 0.0) - queue
    if change > 0.0:
        waiting += _longer(p, s, last + 1, change, (limit - alone) * p.capacity[s] - waiting)
    elif change < 0.0:
        waiting -= _shorter(p, s, last + 1, -change)
    return waiting / p.capacity[s] + alone


@kernel
def relocate(p, j, s, change):
    """Send task ``j`` to station ``s``, which changes the total delay by ``change`` (s)."""
    t, old = p.slot[j], p.station[j]
    k, goal = _place(p, j, old), _place(p, j, s)
    if old < s:
        goal -= 1
        for m in range(k, goal):
            p.members[m], p.ahead[m] = p.members[m + 1], p.ahead[m + 1]
        for b in range(old + 1, s + 1):
            p.first[t, b] -= 1
    else:
        for m in range(k, goal, -1):
            p.members[m], p.ahead[m] = p.members[m - 1], p.ahead[m - 1]
        for b in range(s + 1, old + 1):
            p.first[t, b] += 1
    p.members[goal] = j
    p.station[j] = s
    p.score[0] += change
    p.tasks[old, t] -= 1
    p.tasks[s, t] += 1
    _sum_ahead(p, t, old, k if old < s else k + 1)
    _sum_ahead(p, t, s, goal)
    for station in (old, s):
        u = t
        while u < p.tasks.shape[1] and _end_slot(p, station, u):
            u += 1


@kernel
def mean_saving(p):
    """Mean over all tasks of the total delay that is saved if the task leaves, s."""
    total = 0.0
    for j in range(len(p.station)):
        total += leaving(p, j)
    return total / len(p.station)
