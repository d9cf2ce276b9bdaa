"""Which tasks may be part of a schedule that is nearly the best: what reduced costs leave of a server."""

from __future__ import annotations

import numpy as np
from numba import njit

from aigcbench.problems.assignment.knapsack.states import (
    arrive,
    branch,
    keep_best,
    new_states,
    new_table,
    with_room,
    worth_considering,
)


@njit(cache=True)
def possible_tasks(knapsack, width, floor, possible):
    """Find every task that runs in some schedule of more profit than ``floor``, also at a loss of its own.

    The states of all such schedules are kept, and a second pass from the end tells what each of them can still earn.

    Parameters
    ----------
    possible
        bool (tasks,), filled; all of them where there are more than ``width`` states at a time.
    """
    items, reduced, root = worth_considering(knapsack, -np.inf, floor, np.inf)
    n, room = len(items), 2 * width + 2
    possible[:] = True
    states, merged, table = new_states(room), new_states(room), new_table(knapsack, items, room)
    where = np.zeros(width + 1, np.int32)
    states.potential[0] = root
    layers = np.zeros(n + 1, np.int64)  # where each layer's states begin in the arrays below
    origins, links = np.empty(room, np.int32), np.empty(room, np.int32)  # in the merged layer before, and after
    values, gains = np.empty(room), np.empty(room)  # so far, and of the arrival
    count, before = 1, -1
    for k in range(n):
        left, bit = arrive(knapsack, table, states, count, before, items[k], merged, where)
        if bit < 0:
            return
        if k > 0:
            links[layers[k - 1] : layers[k]] = where[:count]
        merged.origin[:left] = 2 * np.arange(left)
        total = branch(knapsack, table, merged, left, items[k], bit, reduced[k], floor)
        count, dropped = keep_best(table, merged, total, width, floor, states)
        if dropped > floor:
            return
        first, end = layers[k], layers[k] + count
        layers[k + 1] = end
        origins, links = with_room(origins, end), with_room(links, end)
        values, gains = with_room(values, end), with_room(gains, end)
        origins[first:end], values[first:end] = states.origin[:count], states.value[:count]
        for s in range(count):
            gains[first + s] = states.value[s] - merged.value[states.origin[s] >> 1]
        before = items[k]
    possible[:] = False
    rest, rest_merged = np.zeros(room), np.empty(room)  # what a state can still earn
    for k in range(n - 1, -1, -1):
        rest_merged[:] = -np.inf
        for s in range(layers[k], layers[k + 1]):
            still = rest[s - layers[k]]
            if origins[s] & 1 and values[s] + still > floor:
                possible[items[k]] = True
            t = origins[s] >> 1
            rest_merged[t] = max(rest_merged[t], gains[s] + still)
        if k > 0:
            for s in range(layers[k - 1], layers[k]):
                rest[s - layers[k - 1]] = rest_merged[links[s]]
