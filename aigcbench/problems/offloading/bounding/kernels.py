"""Compiled inner loops of the bounds."""

from __future__ import annotations

import numpy as np
from numba import njit

kernel = njit(cache=True, error_model="numpy")
loose_kernel = njit(cache=True, error_model="numpy", fastmath=True)  # no proof rests on its rounding
NOTHING = 1e-9  # probability below which a level is no longer followed


@kernel
def preemptive_plan(work, slot, n_slots, speed, slot_s):
    """Serve tasks on one machine, each as early as those before it in the arrays allow, in pieces where need be.

    Parameters
    ----------
    work, slot
        (J,) work (Gcycles) and slot of each task, in order of priority.
    speed, slot_s
        Of the machine (Gcycles/s); length of a slot (s). The last slot never ends.

    Returns
    -------
    Task, start (s) and length (s) of each piece, in order of priority.
    """
    most = 2 * len(work) + n_slots  # a piece ends its task or fills its slot
    task, start, length = np.empty(most, np.int64), np.empty(most), np.empty(most)
    used = np.zeros(n_slots)  # s, from the start of each slot
    open_slot = np.arange(n_slots)  # the first slot from here on that has time left, or a step on the way there
    count = 0
    for i in range(len(work)):
        left, t = work[i] / speed, slot[i]
        while left > 0.0:
            while open_slot[t] != t:
                open_slot[t] = open_slot[open_slot[t]]
                t = open_slot[t]
            piece = left
            if t < n_slots - 1 and used[t] + left >= slot_s:
                piece = slot_s - used[t]
                open_slot[t] = t + 1
            task[count], start[count], length[count] = i, t * slot_s + used[t], piece
            count += 1
            used[t] += piece
            left -= piece
    return task[:count], start[:count], length[:count]


@kernel
def plan_prices(work, release, task, start, length):
    """Prices (J,) that the pieces of a plan, in order of time, suggest: time in the system plus what work costs those behind.

    The price of work falls to 0 where the machine is idle; while it serves a task it falls so that any other moment would have been
    as dear for that task.
    """
    price = np.full(len(work), -1.0)
    rate, next_start = 0.0, np.inf  # s per Gcycle
    for k in range(len(task) - 1, -1, -1):
        i, end = task[k], start[k] + length[k]
        if end < next_start * (1.0 - 1e-12):
            rate = 0.0
        if price[i] < 0.0:
            price[i] = end - release[i] + work[i] * rate
        rate = max((price[i] - (start[k] - release[i])) / work[i], 0.0)
        next_start = start[k]
    return np.maximum(price, 0.0)


@kernel
def potential(first, length, net, levels, slot_points, step, value, low, join, history):
    """Lower bound of a station's cost to go, on a grid of the time that its queue takes to serve.

    ``value`` becomes a function u -> U(u), linear between the grid points, that is nowhere above the least total of
    (delay - price) over all subsets of the tasks that the station may serve, when the first slot starts with a queue of u seconds.

    Parameters
    ----------
    first
        (S + 1,) first task of each slot.
    length
        (J,) time that each task's work takes here, in grid steps.
    net
        (J,) delay (s) of each task at an empty queue, less its price.
    levels
        (J,) number of grid points at which serving the task is to be considered. A cell beyond them must lie where ``net`` plus
        the level is not negative: as the true cost to go never falls with the level, serving the task cannot be best there.
    slot_points, step
        Grid steps in a slot, and their length (s).
    value, low
        (size,) output and scratch space, longer than any of ``levels`` by the longest task that has levels, and two points.
    join
        (sum of levels,) output, or (0,): 1 at the levels at which it is best to serve a task; last task first.
    history
        (J, at most size) output, or (0, 0): the cost to go from each task on, as a function of the queue before its decision.
    """
    keep, offset = len(join) > 0, 0
    record = len(history) > 0
    value[:] = 0.0
    for t in range(len(first) - 2, -1, -1):
        for k in range(len(value) - 1, slot_points - 1, -1):
            value[k] = value[k - slot_points]
        value[:slot_points] = value[0]
        for i in range(first[t + 1] - 1, first[t] - 1, -1):
            count = levels[i]
            if count > 0:
                _serve(value, length[i], net[i], step, low, count)
                if keep:
                    _mark(low, value, join[offset:], count)
                    offset += count
                _take_least(low, value, count)
            if record:
                history[i] = value[: history.shape[1]]


# The inner loops are functions of their own: only so does the compiler see that their arrays do not overlap in harmful ways.


@kernel
def _mark(low, value, row, count):
    for k in range(count):
        row[k] = low[k] < value[k]


@kernel
def _take_least(low, value, count):
    for k in range(count):
        value[k] = low[k] if low[k] < value[k] else value[k]


@kernel
def _serve(value, length, net, step, low, count):
    """Write into ``low`` the least total at the first ``count`` levels if the task is served, so that chords stay below it.

    ``value`` at a level between grid points lies on the chord of its neighbours. As the level rises from one grid point to the next,
    that chord changes once; where it grows steeper, the chord of the ends is above by the bend times part (1 - part).
    """
    whole = int(length)
    part = length - whole
    sag = part * (1.0 - part)
    after = value[whole:]
    low[0] = net + after[0] + part * (after[1] - after[0]) - sag * max(after[2] - 2.0 * after[1] + after[0], 0.0)
    before = value[whole - 1 :] if whole > 0 else value
    shift = 0 if whole > 0 else -1
    for k in range(1, count):
        bend = after[k + 2] - 2.0 * after[k + 1] + after[k]
        left = after[k + 1] - 2.0 * after[k] + before[k + shift]
        steeper = bend if bend > left else left
        steeper = steeper if steeper > 0.0 else 0.0
        low[k] = net + k * step + after[k] + part * (after[k + 1] - after[k]) - sag * steeper


@loose_kernel
def coverage(first, length, levels, slot_points, join, mass, moved, served):
    """Add to ``served`` (J,) how often a station serves each task if it follows ``join`` from an empty queue.

    A level between two grid points counts as either, in proportion. ``mass`` and ``moved`` are scratch space as long as ``value`` was.
    """
    mass[:] = 0.0
    moved[:] = 0.0
    mass[0] = 1.0
    low, high = 0, 0
    offset = len(join)
    for t in range(len(first) - 1):
        for i in range(first[t], first[t + 1]):
            offset -= levels[i]
            row = join[offset:]
            stop = min(high + 1, levels[i])
            total = 0.0
            for k in range(low, stop):
                total += row[k] * mass[k]
            if total < NOTHING:
                continue
            served[i] += total
            whole = int(length[i])
            part = length[i] - whole
            for k in range(low, stop):
                leaving = row[k] * mass[k]
                mass[k] -= leaving
                moved[k + whole] += (1.0 - part) * leaving
                moved[k + whole + 1] += part * leaving
            high = max(high, stop + whole)
            for k in range(low, high + 1):
                mass[k] += moved[k]
                moved[k] = 0.0
            while low < high and mass[low] < NOTHING:
                mass[low] = 0.0
                low += 1
            while low < high and mass[high] < NOTHING:
                mass[high] = 0.0
                high -= 1
        for k in range(low, high + 1):
            moved[max(k - slot_points, 0)] += mass[k]
            mass[k] = 0.0
        low, high = max(low - slot_points, 0), max(high - slot_points, 0)
        for k in range(low, high + 1):
            mass[k] = moved[k]
            moved[k] = 0.0


@kernel
def branch_and_bound(slot, length, delay, slot_s, step, prices_left, history, nodes, plan):
    """Least total delay over all decisions, task by task in order of service, the child with the least bound first.

    Parameters
    ----------
    slot
        (J,) slot of each task.
    length, delay
        (B, J) time that the work takes, and delay at an empty queue, s.
    slot_s, step
        Length of a slot, and between the grid points of ``history``, s.
    prices_left
        (J + 1,) sum of the prices of each task and all after it.
    history
        (B, J, size) cost to go of each station, as `potential` records it.
    nodes
        How many may be branched on.
    plan
        (J,) int64, filled with the best decisions found: a station for each task.

    Returns
    -------
    The least total found, and whether every other node was ruled out.
    """
    n_stations, n_tasks = length.shape
    level, cost = np.zeros((n_tasks + 1, n_stations)), np.zeros(n_tasks + 1)
    child, best = np.empty((n_tasks, n_stations)), np.inf
    path = np.zeros(n_tasks, np.int64)
    depth, entered = 0, True
    while depth >= 0:
        if entered:
            if nodes == 0:
                return best, False
            nodes -= 1
            _bound_children(slot, length, delay, slot_s, step, prices_left, history, level, cost, child, depth)
        chosen = np.argmin(child[depth])
        if child[depth, chosen] >= best:
            depth -= 1
            entered = False
            continue
        child[depth, chosen] = np.inf
        path[depth] = chosen
        cost[depth + 1] = cost[depth] + delay[chosen, depth] + level[depth, chosen]
        if depth == n_tasks - 1:
            if cost[n_tasks] < best:
                best = cost[n_tasks]
                plan[:] = path
            entered = False
            continue
        passed = (slot[depth + 1] - slot[depth]) * slot_s
        for b in range(n_stations):
            joined = length[b, depth] if b == chosen else 0.0
            level[depth + 1, b] = max(level[depth, b] + joined - passed, 0.0)
        depth += 1
        entered = True
    return best, True


@kernel
def _bound_children(slot, length, delay, slot_s, step, prices_left, history, level, cost, child, depth):
    """Lower bounds on the total delay if the task at ``depth`` goes to each of the stations."""
    n_stations, n_tasks = length.shape
    if depth == n_tasks - 1:
        for b in range(n_stations):
            child[depth, b] = cost[depth] + delay[b, depth] + level[depth, b]
        return
    passed = (slot[depth + 1] - slot[depth]) * slot_s
    rest = cost[depth] + prices_left[depth + 1]
    for b in range(n_stations):
        rest += _on_chord(history[b, depth + 1], max(level[depth, b] - passed, 0.0) / step)
    for b in range(n_stations):
        without = max(level[depth, b] - passed, 0.0) / step
        joined = max(level[depth, b] + length[b, depth] - passed, 0.0) / step
        row = history[b, depth + 1]
        child[depth, b] = rest + delay[b, depth] + level[depth, b] + _on_chord(row, joined) - _on_chord(row, without)


@kernel
def _on_chord(value, place):
    """Value between grid points; beyond the last one that of the last, since a cost to go never falls with the level."""
    if place >= len(value) - 1:
        return value[-1]
    k = int(place)
    return value[k] + (place - k) * (value[k + 1] - value[k])
