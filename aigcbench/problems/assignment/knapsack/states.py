"""States of a temporal knapsack, and what an arrival does to them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

SLOTS = 63  # bits of a state
HASH_MULTIPLIER = 2654435761
NO_TRIPLES, NO_FEES = np.zeros((0, 3), np.int64), np.zeros(0)


class Knapsack(NamedTuple):
    """One server and what tasks earn on it."""

    profit: np.ndarray  # float64 (tasks,)
    steps: np.ndarray  # int64 (tasks,)
    capacity: int  # steps
    last: np.ndarray  # int64 (tasks,), spans as in `Spans`
    start: np.ndarray  # int64 (tasks,)
    stop: np.ndarray  # int64 (tasks,)
    prefix: np.ndarray  # float64 (sets + 1,), prefix sums of this server's prices, >= 0
    triples: np.ndarray  # int64 (triples, 3), rising tasks
    fees: np.ndarray  # float64 (triples,), >= 0: what a schedule pays if it runs two or three tasks of the triple


class States(NamedTuple):
    """Up to as many states as there is room for."""

    mask: np.ndarray  # int64, the remembered tasks' bits
    value: np.ndarray  # float64, profit so far
    used: np.ndarray  # int64, steps of the running tasks
    potential: np.ndarray  # float64, what the state can end with at most
    origin: np.ndarray  # int64, twice the index of the state that it comes from, plus whether the task was taken


class Table(NamedTuple):
    """Which task each bit stands for, and what is needed along the way."""

    task: np.ndarray  # int64 (SLOTS,), the task of each bit, or -1
    bit: np.ndarray  # int64 (tasks,), the bit of each task, or -1
    until: np.ndarray  # int64 (tasks,), the last arrival at which it matters whether the task was run
    lookup: np.ndarray  # int32, hash table of states
    first: np.ndarray  # int64 (triples,), bit of the first task of each triple that an arrival may have to pay for
    second: np.ndarray  # int64 (triples,), the same of the second task
    due: np.ndarray  # float64 (triples,), its fee


@njit(cache=True)
def new_states(room):
    """Room for states, the first of them empty."""
    return States(
        np.zeros(room, np.int64), np.zeros(room), np.zeros(room, np.int64), np.zeros(room), np.zeros(room, np.int64)
    )


@njit(cache=True)
def new_table(knapsack, items, room):
    """No task remembered."""
    n, fees = len(knapsack.profit), len(knapsack.fees)
    return Table(
        np.full(SLOTS, -1, np.int64), np.full(n, -1, np.int64), _remembered_until(items, knapsack),
        np.empty(_table_size(room), np.int32), np.zeros(fees, np.int64), np.zeros(fees, np.int64), np.zeros(fees),
    )  # fmt: skip


@njit(cache=True)
def worth_considering(knapsack, least_profit, floor, slack):
    """Tasks of more than ``least_profit`` that a schedule above ``floor`` may run, their profit less rent, and the prices' bound.

    Tasks whose profit is further than ``slack`` below their rent are left out too.
    """
    profit, prefix = knapsack.profit, knapsack.prefix
    rents = np.empty(len(profit))
    root = knapsack.capacity * prefix[-1]
    for j in range(len(profit)):
        rents[j] = knapsack.steps[j] * (prefix[knapsack.stop[j]] - prefix[knapsack.start[j]])
        if profit[j] > 0.0 and knapsack.steps[j] <= knapsack.capacity:
            root += max(0.0, profit[j] - rents[j])
    items, reduced, n = np.empty(len(profit), np.int64), np.empty(len(profit)), 0
    for j in range(len(profit)):
        loss = min(0.0, profit[j] - rents[j])
        if (
            profit[j] > least_profit
            and knapsack.steps[j] <= knapsack.capacity
            and root + loss > floor
            and -loss <= slack
        ):
            items[n], reduced[n] = j, profit[j] - rents[j]
            n += 1
    return items[:n], reduced[:n], root


@njit(cache=True)
def arrive(knapsack, table, states, count, before, j, merged, where):
    """Let time pass from task ``before`` (-1 at first) to the arrival of task ``j``: states lapse, and merge into ``merged``.

    Parameters
    ----------
    where
        int32, filled with the index in ``merged`` of each of the ``count`` states.

    Returns
    -------
    How many are left, and the bit for task ``j``, -1 where more tasks are remembered than a state has bits.
    """
    _lapse(knapsack, table, states, count, before, j)
    keep, bit = _slot_for(table, j)
    if bit < 0:
        return count, bit
    table.task[bit], table.bit[j] = j, bit
    return _merge(states, count, keep, table.lookup, merged, where), bit


@njit(cache=True)
def branch(knapsack, table, states, count, j, bit, reduced, floor):
    """Add, for each state that can run task ``j`` and still end above ``floor``, the state that does. Returns how many there are."""
    n_due = _fees_due(knapsack, table, j)
    total, size = count, knapsack.steps[j]
    for t in range(count):
        if states.used[t] + size <= knapsack.capacity:
            potential = states.potential[t] + min(0.0, reduced)
            value = states.value[t] + knapsack.profit[j]
            for c in range(n_due):
                if ((states.mask[t] & table.first[c]) != 0) != ((states.mask[t] & table.second[c]) != 0):
                    potential -= table.due[c]
                    value -= table.due[c]
            if potential > floor:
                states.mask[total] = states.mask[t] | (np.int64(1) << bit)
                states.value[total], states.used[total] = value, states.used[t] + size
                states.potential[total], states.origin[total] = potential, states.origin[t] + 1
                total += 1
        states.potential[t] -= max(0.0, reduced)
    return total


@njit(cache=True)
def keep_best(table, states, total, width, floor, kept):
    """Keep the ``width`` most promising states above ``floor``. Returns how many, and the best potential of those dropped."""
    cut = -np.inf
    if total > width:
        cut = np.partition(states.potential[:total], total - width)[total - width]
    count, union, dropped = 0, np.int64(0), -np.inf
    for t in range(total):
        if states.potential[t] <= floor:
            continue
        if states.potential[t] >= cut and count < width:
            kept.mask[count], kept.value[count], kept.used[count] = states.mask[t], states.value[t], states.used[t]
            kept.potential[count], kept.origin[count] = states.potential[t], states.origin[t]
            union |= states.mask[t]
            count += 1
        elif states.potential[t] > dropped:
            dropped = states.potential[t]
    for b in range(SLOTS):
        if table.task[b] >= 0 and not (union >> b) & 1:
            table.bit[table.task[b]], table.task[b] = -1, -1
    return count, dropped


@njit(cache=True)
def with_room(array, size):
    """The array, or a larger one with the same beginning, so that there is room for ``size`` entries."""
    while size > len(array):
        array = np.concatenate((array, np.empty_like(array)))
    return array


@njit(cache=True)
def _remembered_until(items, knapsack):
    """The last arrival at which it matters whether a task was run: its own last one, or that of the last task of its triples."""
    until, considered = knapsack.last.copy(), np.zeros(len(knapsack.last), np.bool_)
    for j in items:
        considered[j] = True
    for c in range(len(knapsack.triples)):
        final = -1
        for j in knapsack.triples[c]:
            if considered[j]:
                final = j
        for j in knapsack.triples[c]:
            if j < final:
                until[j] = max(until[j], final)
    return until


@njit(cache=True)
def _lapse(knapsack, table, states, count, before, j):
    """Let the time between the arrivals of ``before`` and ``j`` pass: capacity that is not in use is lost."""
    prefix, last, now = knapsack.prefix, knapsack.last, knapsack.start[j]
    rent = prefix[now] - prefix[knapsack.start[before] if before >= 0 else 0]
    for s in range(count):
        states.potential[s] -= (knapsack.capacity - states.used[s]) * rent
    for b in range(SLOTS):
        i = table.task[b]
        if i >= 0 and before <= last[i] < j:
            unused = knapsack.steps[i] * (prefix[now] - prefix[knapsack.stop[i]])
            for s in range(count):
                if (states.mask[s] >> b) & 1:
                    states.used[s] -= knapsack.steps[i]
                    states.potential[s] -= unused


@njit(cache=True)
def _slot_for(table, j):
    """Free the slots of tasks that no longer matter at task ``j``; return the mask of the others, and the lowest free slot or -1."""
    keep, free = np.int64(-1), -1
    for b in range(SLOTS):
        if table.task[b] >= 0 and table.until[table.task[b]] < j:
            table.bit[table.task[b]], table.task[b] = -1, -1
        if table.task[b] < 0:
            keep &= ~(np.int64(1) << b)
            if free < 0:
                free = b
    return keep, free


@njit(cache=True)
def _fees_due(knapsack, table, j):
    """The fees that running task ``j`` may cost: each is due if exactly one of two earlier tasks was run. Returns how many."""
    triples, n = knapsack.triples, 0
    for c in range(len(knapsack.fees)):
        if knapsack.fees[c] <= 0.0 or (triples[c, 1] != j and triples[c, 2] != j):
            continue
        first, second = table.bit[triples[c, 0]], -1
        if triples[c, 2] == j:
            second = table.bit[triples[c, 1]]
        table.first[n] = np.int64(1) << first if first >= 0 else 0
        table.second[n] = np.int64(1) << second if second >= 0 else 0
        table.due[n] = knapsack.fees[c]
        if table.first[n] != 0 or table.second[n] != 0:
            n += 1
    return n


@njit(cache=True)
def _table_size(count):
    size = 4
    while size < 4 * count:
        size *= 2
    return size


@njit(cache=True)
def _merge(states, count, keep, lookup, merged, where):
    """Drop the bits outside ``keep``; of states that become equal keep the richest. Returns how many are left."""
    size = _table_size(count)
    lookup[:size] = -1
    left = 0
    for s in range(count):
        mask = states.mask[s] & keep
        h = ((mask ^ (mask >> 17) ^ (mask >> 34)) * HASH_MULTIPLIER) & (size - 1)
        while lookup[h] >= 0 and merged.mask[lookup[h]] != mask:
            h = (h + 1) & (size - 1)
        t = lookup[h]
        if t < 0:
            t = left
            lookup[h] = left
            left += 1
        elif states.value[s] <= merged.value[t]:
            where[s] = t
            continue
        where[s] = t
        merged.mask[t], merged.value[t], merged.used[t] = mask, states.value[s], states.used[s]
        merged.potential[t], merged.origin[t] = states.potential[s], 2 * s
    return left
