"""One server's temporal knapsack: which tasks to run on it for the most profit, by dynamic programming over arrivals.

A state is the set of running tasks (bits of an integer); at each arrival the finished ones leave, states that have become equal
merge, and each state branches into running the task or not. Capacity prices of the linear relaxation bound what any state can
end with, its potential, which prunes; where even so there are too many states, only the most promising ones stay, and the best
potential among those dropped keeps the upper bound valid. Finished tasks are remembered for as long as a priced triple asks for
them.
"""

from __future__ import annotations

import numpy as np
from numba import njit

SLOTS = 63  # bits of a state
HASH_MULTIPLIER = 2654435761
NO_TRIPLES, NO_FEES = np.zeros((0, 3), np.int64), np.zeros(0)


@njit(cache=True)
def best_schedule(profit, steps, capacity, last, start, stop, prefix, width, floor, slack, triples, fees, chosen):
    """Solve one server's knapsack with at most ``width`` states at a time.

    Parameters
    ----------
    profit
        float64 (tasks,): what each task earns here; those at 0 or below never run.
    steps, capacity, last, start, stop
        int64: sizes, and spans as in `Spans`.
    prefix
        float64 (sets + 1,): prefix sums of this server's prices, >= 0.
    floor
        A profit that is known to be reachable (or 0): states that cannot pass it are dropped.
    slack
        Tasks whose profit is further than this below their rent are left out, for a quick look; infinite for a bound.
    triples, fees
        int64 (triples, 3), rising tasks; float64 (triples,), >= 0: what a schedule pays if it runs two or three of them.
    chosen
        int8 (tasks,), filled with 1 where the task runs in the best schedule found; all 0 if none passes ``floor``.

    Returns
    -------
    Profit of the best schedule found, at least ``floor``; and an upper bound on any (valid only with infinite slack).
    """
    items, reduced, root = _worth_considering(profit, steps, capacity, start, stop, prefix, floor, slack)
    n = len(items)
    chosen[:] = 0
    room = 2 * width + 2
    masks, values, used = np.zeros(room, np.int64), np.zeros(room), np.zeros(room, np.int64)
    new_masks, new_values, new_used = np.zeros(room, np.int64), np.zeros(room), np.zeros(room, np.int64)
    potential, new_potential = np.full(room, root), np.zeros(room)
    origin, table = np.zeros(room, np.int64), np.empty(_table_size(room), np.int32)
    slots, bit_of = np.full(SLOTS, -1, np.int64), np.full(len(profit), -1, np.int64)
    until = _remembered_until(items, last, triples)
    firsts, seconds, due = (np.zeros(len(fees), np.int64), np.zeros(len(fees), np.int64), np.zeros(len(fees)))
    layers = np.zeros(n + 1, np.int64)  # where each layer's states begin in ``history``
    history = np.empty(
        16 * room, np.int32
    )  # twice the state's origin in the layer before, plus whether it took the task
    count, upper, before, previous = 1, floor, 0, -1
    for k in range(n):
        j = items[k]
        now = start[j]
        _lapse(masks, used, potential, count, slots, steps, last, stop, capacity, prefix, before, now, previous, j)
        before, previous = now, j
        keep, bit = _slot_for(slots, bit_of, until, j)
        if bit < 0:
            return floor, max(root, floor)  # more tasks at once than a state has bits: only the prices' bound stands
        slots[bit], bit_of[j] = j, bit
        total = _merge(
            masks, values, used, potential, count, keep, table, new_masks, new_values, new_used, new_potential, origin
        )
        merged, n_due = total, _fees_due(j, triples, fees, bit_of, firsts, seconds, due)
        for t in range(merged):
            if new_used[t] + steps[j] <= capacity:
                taken = new_potential[t] + min(0.0, reduced[k])
                value = new_values[t] + profit[j]
                for c in range(n_due):
                    if ((new_masks[t] & firsts[c]) != 0) != ((new_masks[t] & seconds[c]) != 0):
                        taken -= due[c]
                        value -= due[c]
                if taken > floor:
                    new_masks[total] = new_masks[t] | (np.int64(1) << bit)
                    new_values[total], new_used[total] = value, new_used[t] + steps[j]
                    new_potential[total], origin[total] = taken, origin[t]
                    total += 1
            new_potential[t] -= max(0.0, reduced[k])
        cut = -np.inf
        if total > width:
            cut = np.partition(new_potential[:total], total - width)[total - width]
        while layers[k] + min(total, width) > len(history):
            history = np.concatenate((history, np.empty_like(history)))
        count, union = 0, np.int64(0)
        for t in range(total):
            if new_potential[t] <= floor:
                continue
            if new_potential[t] >= cut and count < width:
                masks[count], values[count], used[count] = new_masks[t], new_values[t], new_used[t]
                potential[count] = new_potential[t]
                history[layers[k] + count] = 2 * origin[t] + (t >= merged)
                union |= new_masks[t]
                count += 1
            elif new_potential[t] > upper:
                upper = new_potential[t]
        layers[k + 1] = layers[k] + count
        if count == 0:
            return floor, upper
        for b in range(SLOTS):
            if slots[b] >= 0 and not (union >> b) & 1:
                bit_of[slots[b]], slots[b] = -1, -1
    s = 0
    for t in range(count):
        if values[t] > values[s]:
            s = t
    best = values[s]
    if best <= floor:
        return floor, upper
    for k in range(n - 1, -1, -1):
        step = history[layers[k] + s]
        chosen[items[k]] = step & 1
        s = step >> 1
    return best, max(best, upper)


@njit(cache=True)
def _worth_considering(profit, steps, capacity, start, stop, prefix, floor, slack):
    """Tasks that a schedule above ``floor`` may run, their profit less rent, and the prices' bound on any schedule."""
    rents = np.empty(len(profit))
    root = capacity * prefix[-1]
    for j in range(len(profit)):
        rents[j] = steps[j] * (prefix[stop[j]] - prefix[start[j]])
        if profit[j] > 0.0 and steps[j] <= capacity:
            root += max(0.0, profit[j] - rents[j])
    items, reduced, n = np.empty(len(profit), np.int64), np.empty(len(profit)), 0
    for j in range(len(profit)):
        loss = min(0.0, profit[j] - rents[j])
        if profit[j] > 0.0 and steps[j] <= capacity and root + loss > floor and -loss <= slack:
            items[n], reduced[n] = j, profit[j] - rents[j]
            n += 1
    return items[:n], reduced[:n], root


@njit(cache=True)
def _remembered_until(items, last, triples):
    """The last arrival at which it matters whether a task was run: its own last one, or that of the last task of its triples."""
    until, considered = last.copy(), np.zeros(len(last), np.bool_)
    for j in items:
        considered[j] = True
    for c in range(len(triples)):
        final = -1
        for j in triples[c]:
            if considered[j]:
                final = j
        for j in triples[c]:
            if j < final:
                until[j] = max(until[j], final)
    return until


@njit(cache=True)
def _lapse(masks, used, potential, count, slots, steps, last, stop, capacity, prefix, before, now, previous, j):
    """Let the time from set ``before`` to set ``now`` pass, the arrivals ``previous`` to ``j``: what is not in use is lost."""
    rent = prefix[now] - prefix[before]
    for s in range(count):
        potential[s] -= (capacity - used[s]) * rent
    for b in range(SLOTS):
        i = slots[b]
        if i >= 0 and previous <= last[i] < j:
            unused = steps[i] * (prefix[now] - prefix[stop[i]])
            for s in range(count):
                if (masks[s] >> b) & 1:
                    used[s] -= steps[i]
                    potential[s] -= unused


@njit(cache=True)
def _slot_for(slots, bit_of, until, j):
    """Free the slots of tasks that no longer matter at task ``j``; return the mask of the others, and the lowest free slot or -1."""
    keep, free = np.int64(-1), -1
    for b in range(SLOTS):
        if slots[b] >= 0 and until[slots[b]] < j:
            bit_of[slots[b]], slots[b] = -1, -1
        if slots[b] < 0:
            keep &= ~(np.int64(1) << b)
            if free < 0:
                free = b
    return keep, free


@njit(cache=True)
def _fees_due(j, triples, fees, bit_of, firsts, seconds, due):
    """The fees that running task ``j`` may cost: each is due if exactly one of two earlier tasks was run. Returns how many."""
    n = 0
    for c in range(len(fees)):
        if fees[c] <= 0.0 or (triples[c, 1] != j and triples[c, 2] != j):
            continue
        first, second = bit_of[triples[c, 0]], -1
        if triples[c, 2] == j:
            second = bit_of[triples[c, 1]]
        firsts[n] = np.int64(1) << first if first >= 0 else 0
        seconds[n] = np.int64(1) << second if second >= 0 else 0
        due[n] = fees[c]
        if firsts[n] != 0 or seconds[n] != 0:
            n += 1
    return n


@njit(cache=True)
def _table_size(count):
    size = 4
    while size < 4 * count:
        size *= 2
    return size


@njit(cache=True)
def _merge(masks, values, used, potential, count, keep, table, new_masks, new_values, new_used, new_potential, origin):
    """Drop the bits outside ``keep``; of states that become equal keep the richest. Returns how many are left."""
    size = _table_size(count)
    table[:size] = -1
    merged = 0
    for s in range(count):
        mask = masks[s] & keep
        h = ((mask ^ (mask >> 17) ^ (mask >> 34)) * HASH_MULTIPLIER) & (size - 1)
        while table[h] >= 0 and new_masks[table[h]] != mask:
            h = (h + 1) & (size - 1)
        t = table[h]
        if t < 0:
            t = merged
            table[h] = merged
            merged += 1
        elif values[s] <= new_values[t]:
            continue
        new_masks[t], new_values[t], new_used[t], new_potential[t], origin[t] = (
            mask, values[s], used[s], potential[s], s,
        )  # fmt: skip
    return merged
