"""Lower bounds on the cost of a frame that are linear in its cache.

At fixed prices of every slot's band and steps the requests are independent of one another, so that the bound is a sum over models: what
its requests cost at the edge if it is cached, or in the cloud if not. One set of prices gives one such bound; several are held at once.
All costs are sums over users.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from aigcbench.problems.caching.slot.options import CLOUD_MASK, N_OPTIONS
from aigcbench.problems.caching.slot.prices import free_use, option_value
from aigcbench.problems.caching.slot.search import price_slot
from aigcbench.problems.caching.slot.solver import UNDECIDED, allowed_options
from aigcbench.problems.caching.slot.upload import kernel


class Bounds(NamedTuple):
    """I sets of prices for K slots, M models."""

    storage: np.ndarray  # (M,) GB
    uncached: np.ndarray  # (I, K) bound on each slot if nothing is cached
    slot_saving: np.ndarray  # (I, K, M) what caching a model takes off that
    saving: np.ndarray  # (I, M) sums over the slots
    order: np.ndarray  # (I, M) int64, models by falling saving per GB


@kernel
def empty_bounds(sets, slots, storage):
    """Room for some sets of prices."""
    models = len(storage)
    return Bounds(
        storage, np.zeros((sets, slots)), np.zeros((sets, slots, models)), np.zeros((sets, models)),
        np.zeros((sets, models), np.int64),
    )  # fmt: skip


@kernel
def add_prices(bounds, index, slots, cache):
    """Write set ``index``: the prices that are best for a cache, whose entries may be `UNDECIDED`."""
    for number in range(len(slots)):
        slot, saving = slots[number], bounds.slot_saving[index, number]
        _, price, step_price = price_slot(slot, allowed_options(slot, slot.model, cache))
        uncached = -price - step_price * slot.total_steps
        saving[:] = 0.0
        for user in range(len(slot.model)):
            share, time = free_use(slot, user, price)
            cloud, edge = math.inf, math.inf
            for option in range(N_OPTIONS):
                if slot.viable[user] >> option & 1:
                    value = option_value(slot, user, option, price, step_price, share, time)[0]
                    if CLOUD_MASK >> option & 1:
                        cloud = min(cloud, value)
                    else:
                        edge = min(edge, value)
            uncached += cloud
            saving[slot.model[user]] += cloud - edge
        bounds.uncached[index, number] = uncached
    for model in range(len(cache)):
        bounds.saving[index, model] = bounds.slot_saving[index, :, model].sum()
    bounds.order[index] = np.argsort(-bounds.saving[index] / np.maximum(bounds.storage, 1e-9))


@kernel
def slot_bounds(bounds, sets, cache, lowest):
    """Write the best bound on each slot for a full cache; return their sum."""
    total = 0.0
    for number in range(len(lowest)):
        lowest[number] = -math.inf
        for index in range(sets):
            bound = bounds.uncached[index, number]
            for model in range(len(cache)):
                bound -= cache[model] * bounds.slot_saving[index, number, model]
            lowest[number] = max(lowest[number], bound)
        total += lowest[number]
    return total


@kernel
def frame_bound(bounds, sets, room, cache):
    """The best bound on all caches within ``room`` (GB) that agree with a partial one; infinite if its models do not fit.

    Undecided models fill what is left as in a fractional knapsack, those that save the most per GB first.
    """
    decided = 0.0
    for model in range(len(cache)):
        if cache[model] == 1:
            decided += bounds.storage[model]
    if decided > room:
        return math.inf
    best = -math.inf
    for index in range(sets):
        bound, left = bounds.uncached[index].sum(), room - decided
        for model in range(len(cache)):
            if cache[model] == 1:
                bound -= bounds.saving[index, model]
        for model in bounds.order[index]:
            saving, size = bounds.saving[index, model], bounds.storage[model]
            if cache[model] != UNDECIDED or saving <= 0.0:
                continue
            if size > left:
                bound -= saving * left / size
                break
            bound -= saving
            left -= size
        best = max(best, bound)
    return best
