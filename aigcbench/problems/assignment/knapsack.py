"""One server's temporal knapsack: which tasks to run on it for the most profit, by dynamic programming over arrivals.

A state is the set of running tasks (bits of an integer); at each arrival the finished ones leave, states that have become equal
merge, and each state branches into running the task or not. Capacity prices of the linear relaxation bound what any state can
still earn, which prunes; where even so there are too many states, only the most promising ones stay, and the best potential among
those dropped keeps the upper bound valid.
"""

from __future__ import annotations

import numpy as np
from numba import njit

SLOTS = 63  # bits of a state
HASH_MULTIPLIER = 2654435761


@njit(cache=True)
def best_schedule(profit, steps, capacity, last, start, stop, prefix, width, floor, slack, chosen):
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
    chosen
        int8 (tasks,), filled with 1 where the task runs in the best schedule found; all 0 if none passes ``floor``.

    Returns
    -------
    Profit of the best schedule found, at least ``floor``; and an upper bound on any (valid only with infinite slack).
    """
    items, reduced, root = _worth_considering(profit, steps, capacity, start, stop, prefix, floor, slack)
    n, n_sets = len(items), len(prefix) - 1
    chosen[:] = 0
    suffix = np.zeros(n + 1)
    for k in range(n - 1, -1, -1):
        suffix[k] = suffix[k + 1] + max(0.0, reduced[k])
    room = 2 * width + 2
    masks, values = np.zeros(room, np.int64), np.zeros(room)
    new_masks, new_values, held = np.zeros(room, np.int64), np.zeros(room), np.zeros(room)
    used, origin, potential = np.zeros(room, np.int64), np.zeros(room, np.int32), np.zeros(room)
    size = 4
    while size < 4 * room:
        size *= 2
    table = np.full(size, -1, np.int32)
    slots = np.full(SLOTS, -1, np.int64)
    layers = np.zeros(n + 1, np.int64)  # where each layer's states begin in ``history``
    history = np.empty(
        16 * room, np.int32
    )  # twice the state's origin in the layer before, plus whether it took the task
    count, upper = 1, floor
    for k in range(n):
        j = items[k]
        keep, bit = _slot_for(slots, last, j)
        if bit < 0:
            return floor, max(root, floor)  # more tasks at once than a state has bits: only the prices' bound stands
        slots[bit] = j
        first = start[j]
        merged = _merge(masks, values, count, keep, table, new_masks, new_values, origin)
        for t in range(merged):
            used[t], held[t] = _footprint(new_masks[t], slots, steps, stop, prefix, first)
        rent = steps[j] * (prefix[stop[j]] - prefix[first])
        total = merged
        for t in range(merged):
            if used[t] + steps[j] <= capacity:
                new_masks[total] = new_masks[t] | (np.int64(1) << bit)
                new_values[total] = new_values[t] + profit[j]
                held[total], origin[total] = held[t] + rent, origin[t]
                total += 1
        rest = capacity * (prefix[n_sets] - prefix[first]) + suffix[k + 1]
        for t in range(total):
            potential[t] = new_values[t] - held[t] + rest
        cut = -np.inf
        if total > width:
            cut = np.partition(potential[:total], total - width)[total - width]
        while layers[k] + min(total, width) > len(history):
            history = np.concatenate((history, np.empty_like(history)))
        count, union = 0, np.int64(0)
        for t in range(total):
            if potential[t] <= floor:
                continue
            if potential[t] >= cut and count < width:
                masks[count], values[count] = new_masks[t], new_values[t]
                history[layers[k] + count] = 2 * origin[t] + (t >= merged)
                union |= new_masks[t]
                count += 1
            elif potential[t] > upper:
                upper = potential[t]
        layers[k + 1] = layers[k] + count
        if count == 0:
            return floor, upper
        for b in range(SLOTS):
            if not (union >> b) & 1:
                slots[b] = -1
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
def _slot_for(slots, last, j):
    """Free the slots of tasks that end before task ``j``; return the mask of the others, and the lowest free slot or -1."""
    keep, free = np.int64(-1), -1
    for b in range(SLOTS):
        if slots[b] >= 0 and last[slots[b]] < j:
            slots[b] = -1
        if slots[b] < 0:
            keep &= ~(np.int64(1) << b)
            if free < 0:
                free = b
    return keep, free


@njit(cache=True)
def _merge(masks, values, count, keep, table, new_masks, new_values, origin):
    """Drop the bits outside ``keep``; of states that become equal keep the richest. Returns how many are left."""
    table[:] = -1
    merged = 0
    for s in range(count):
        mask = masks[s] & keep
        h = ((mask ^ (mask >> 17) ^ (mask >> 34)) * HASH_MULTIPLIER) & (len(table) - 1)
        while table[h] >= 0 and new_masks[table[h]] != mask:
            h = (h + 1) & (len(table) - 1)
        t = table[h]
        if t < 0:
            table[h] = merged
            new_masks[merged], new_values[merged], origin[merged] = mask, values[s], s
            merged += 1
        elif values[s] > new_values[t]:
            new_values[t], origin[t] = values[s], s
    return merged


@njit(cache=True)
def _footprint(mask, slots, steps, stop, prefix, first):
    """Steps that a state's tasks hold, and their rent from the set ``first`` on."""
    used, held, b = np.int64(0), 0.0, 0
    while mask:
        if mask & 1:
            i = slots[b]
            used += steps[i]
            held += steps[i] * (prefix[stop[i]] - prefix[first])
        mask >>= 1
        b += 1
    return used, held
