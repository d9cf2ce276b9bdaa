"""The slot solver's front: one slot with a given cache, one slot over all caches, all slots of a frame."""

from __future__ import annotations

import math

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.caching.slot.options import (
    CLOUD_MASK,
    EDGE_MASK,
    empty_slot,
    fill_slot,
)
from aigcbench.problems.caching.slot.search import minimise, price_slot
from aigcbench.problems.caching.slot.terms import terms_of
from aigcbench.problems.caching.slot.upload import kernel

UNDECIDED = 2
"""Entry of a cache that may be 0 or 1."""

MAXIMUM_NODES = 100_000


@kernel
def load_slot(terms, frame, slot):
    """The options of a slot's users."""
    loaded = empty_slot(terms.request.shape[2], terms.weight, terms.minimum_share, terms.total_steps)
    fill_slot(
        loaded, terms.limit[frame, slot], terms.snr[frame, slot], terms.download[frame, slot],
        terms.backhaul[frame, slot], terms.request[frame, slot], terms.models, terms.deadline, terms.penalty,
    )  # fmt: skip
    return loaded


@kernel
def allowed_options(loaded, request, cache):
    """Bits of the options that a cache leaves each user (int64, users)."""
    allowed = np.empty(len(request), np.int64)
    for user in range(len(request)):
        allowed[user] = loaded.viable[user]
        if cache[request[user]] == 1:
            allowed[user] &= EDGE_MASK
        elif cache[request[user]] == 0:
            allowed[user] &= CLOUD_MASK
    return allowed


@kernel
def solve_slot(terms, frame, slot, cache, maximum_nodes, bandwidth, steps):
    """The optimum of one slot with a given cache.

    Parameters
    ----------
    terms
        The requests, see `Terms`.
    frame, slot
        Which one.
    cache
        0 or 1 for each model (int64).
    maximum_nodes
        Of the search; a few at paper size.
    bandwidth, steps
        Written: shares of the band and of the denoising steps (float64, users).

    Returns
    -------
    Mean cost per user, and a proven lower bound on it, equal to it to a relative 1e-10 unless the nodes ran out.
    """
    loaded = load_slot(terms, frame, slot)
    allowed = allowed_options(loaded, terms.request[frame, slot], cache)
    cost, bound, _ = minimise(loaded, allowed, math.inf, maximum_nodes, bandwidth, steps)
    if terms.total_steps > 0.0:
        steps /= terms.total_steps
    return cost / len(allowed), bound / len(allowed)


@kernel
def slot_bound(terms, frame, slot, cache):
    """A lower bound on the mean cost of a slot, whatever `UNDECIDED` entries of the cache will be; parameters as in `solve_slot`.

    Each user may then be served at the edge or in the cloud, whichever is better for it at the prices of band and steps.
    """
    loaded = load_slot(terms, frame, slot)
    allowed = allowed_options(loaded, terms.request[frame, slot], cache)
    return price_slot(loaded, allowed)[0] / len(allowed)


@kernel
def solve_frame(terms, frame, cache, maximum_nodes, bandwidth, steps):
    """Sum over a frame's slots of `solve_slot`'s cost and bound; writes the shares (float64, slots x users)."""
    cost, bound = 0.0, 0.0
    for slot in range(terms.request.shape[1]):
        slot_cost, slot_bound = solve_slot(terms, frame, slot, cache, maximum_nodes, bandwidth[slot], steps[slot])
        cost += slot_cost
        bound += slot_bound
    return cost, bound


def optimal_slot(instance: Instance, frame: int, slot: int, cache: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """The optimal bandwidth and step shares (float64, users) of one slot with a given cache (models, 0 or 1), and its mean cost."""
    users = instance["request"].shape[2]
    bandwidth, steps = np.empty(users), np.empty(users)
    bits = np.ascontiguousarray(cache, np.int64)
    cost, _ = solve_slot(terms_of(instance), frame, slot, bits, MAXIMUM_NODES, bandwidth, steps)
    return bandwidth, steps, cost
