"""Depth-first search over the caches of a frame."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from aigcbench.problems.caching.frame.bounds import (
    add_prices,
    empty_bounds,
    frame_bound,
    slot_bounds,
)
from aigcbench.problems.caching.slot.search import OPTIMALITY, cost_scale, minimise
from aigcbench.problems.caching.slot.solver import UNDECIDED, allowed_options, load_slot
from aigcbench.problems.caching.slot.upload import kernel

PRICE_SETS = 6
ROUNDING_GB = 1e-9


class SearchLimits(NamedTuple):
    """How far a search goes at most; where that is not enough the bound stays below the cost."""

    nodes: int = 10**9  # partial caches that are looked at
    caches: int = 10**9  # full caches whose slots are solved
    slot_nodes: int = 10**5  # of the search of each slot


@kernel
def minimise_frame(terms, frame, storage, capacity, limits, cache, bandwidth, steps):
    """The cheapest cache of one frame with the best decisions in every slot.

    Parameters
    ----------
    terms
        The requests, see `Terms`.
    frame
        Which one.
    storage, capacity
        Of each model, and in all (GB).
    limits
        See `SearchLimits`.
    cache
        Written: 0 or 1 for each model (int64).
    bandwidth, steps
        Written: shares of the band, and steps (float64, slots x users).

    Returns
    -------
    Mean cost per request, a proven lower bound on that of any cache, and the number of caches whose slots were solved.
    """
    n_models, n_slots, requests = len(storage), len(bandwidth), bandwidth.size
    slots = [load_slot(terms, frame, number) for number in range(n_slots)]
    tolerance = 0.0
    for slot in slots:
        tolerance += OPTIMALITY * cost_scale(slot)
    room = capacity + ROUNDING_GB
    bounds = empty_bounds(PRICE_SETS, n_slots, storage)
    trial, tried = np.full(n_models, UNDECIDED), np.zeros(n_models + 1, np.int64)
    add_prices(bounds, 0, slots, trial)
    first, order = greedy_cache(bounds, room)
    trial_bandwidth, trial_steps, lowest = np.empty_like(bandwidth), np.empty_like(steps), np.empty(n_slots)
    slot_bounds(bounds, 1, first, lowest)
    best, skipped = solve_slots(slots, first, lowest, math.inf, limits.slot_nodes, bandwidth, steps)
    cache[:] = first
    add_prices(bounds, 1, slots, cache)
    sets, solved, depth = 2, 1, 0
    for _ in range(limits.nodes):
        if depth == n_models:
            depth -= 1
            if np.array_equal(trial, first) or slot_bounds(bounds, sets, trial, lowest) >= best - tolerance:
                continue
            if solved >= limits.caches:
                break
            solved += 1
            cost, proven = solve_slots(slots, trial, lowest, best, limits.slot_nodes, trial_bandwidth, trial_steps)
            skipped = min(skipped, proven)
            if cost < best:
                best = cost
                cache[:], bandwidth[:], steps[:] = trial, trial_bandwidth, trial_steps
                if sets < PRICE_SETS:
                    add_prices(bounds, sets, slots, cache)
                    sets += 1
            continue
        model = order[depth]
        if tried[depth] == 2:  # both ways are done
            tried[depth], trial[model] = 0, UNDECIDED
            depth -= 1
            if depth < 0:
                break
            continue
        trial[model] = first[model] if tried[depth] == 0 else 1 - first[model]
        tried[depth] += 1
        if frame_bound(bounds, sets, room, trial) < best - tolerance:
            depth += 1
    if depth >= 0:  # not done
        trial[:] = UNDECIDED
        skipped = min(skipped, frame_bound(bounds, sets, room, trial))
    return best / requests, min(best, skipped) / requests, solved


@kernel
def greedy_cache(bounds, room):
    """The cache that the first prices suggest (int64, models), and the models by what is at stake, the most first."""
    cache = np.zeros(len(bounds.storage), np.int64)
    for model in bounds.order[0]:
        if bounds.saving[0, model] > 0.0 and bounds.storage[model] <= room:
            cache[model] = 1
            room -= bounds.storage[model]
    return cache, np.argsort(-np.abs(bounds.saving[0]))


@kernel
def solve_slots(slots, cache, lowest, cutoff, maximum_nodes, bandwidth, steps):
    """The optimum of all slots with a given cache, given up where it cannot be below ``cutoff``.

    ``lowest`` has a lower bound on each slot's cost. Returns the cost (infinite if given up), and a proven lower bound on it, which is
    below the cutoff or the cost only where the search of some slot had to be cut short.
    """
    cost = proven = lowest.sum()
    for number in range(len(slots)):
        slot = slots[number]
        allowed = allowed_options(slot, slot.model, cache)
        limit = cutoff - cost + lowest[number]
        exact, bound, _ = minimise(slot, allowed, limit, maximum_nodes, bandwidth[number], steps[number])
        proven += bound - lowest[number]
        if math.isinf(exact):
            return math.inf, proven
        cost += exact - lowest[number]
    return cost, proven
