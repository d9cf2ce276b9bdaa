"""The best schedule of one server."""

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
def best_schedule(knapsack, width, floor, slack, chosen):
    """Solve a knapsack with at most ``width`` states at a time: where there are more, the most promising ones stay.

    Parameters
    ----------
    knapsack
        `Knapsack`; tasks of a profit of 0 or below never run.
    floor
        A profit that is known to be reachable (or 0): states that cannot pass it are dropped.
    slack
        Tasks whose profit is further than this below their rent are left out, for a quick look; infinite for a bound.
    chosen
        int8 (tasks,), filled with 1 where the task runs in the best schedule found; all 0 if none passes ``floor``.

    Returns
    -------
    Profit of the best schedule found, at least ``floor``; and an upper bound on any (valid only with infinite slack): the best
    potential among dropped states stays in it.
    """
    items, reduced, root = worth_considering(knapsack, 0.0, floor, slack)
    n, room = len(items), 2 * width + 2
    chosen[:] = 0
    states, merged, table = new_states(room), new_states(room), new_table(knapsack, items, room)
    where = np.empty(width + 1, np.int32)
    states.potential[0] = root
    layers = np.zeros(n + 1, np.int64)  # where each layer's states begin in ``history``
    history = np.empty(16 * room, np.int32)  # each state's origin in the layer before
    count, upper, before = 1, floor, -1
    for k in range(n):
        left, bit = arrive(knapsack, table, states, count, before, items[k], merged, where)
        if bit < 0:
            return floor, max(root, floor)  # only the prices' bound stands
        total = branch(knapsack, table, merged, left, items[k], bit, reduced[k], floor)
        count, dropped = keep_best(table, merged, total, width, floor, states)
        upper = max(upper, dropped)
        if count == 0:
            return floor, upper
        layers[k + 1] = layers[k] + count
        history = with_room(history, layers[k + 1])
        history[layers[k] : layers[k + 1]] = states.origin[:count]
        before = items[k]
    s = np.argmax(states.value[:count])
    best = states.value[s]
    if best <= floor:
        return floor, upper
    for k in range(n - 1, -1, -1):
        step = history[layers[k] + s]
        chosen[items[k]] = step & 1
        s = step >> 1
    return best, max(best, upper)
