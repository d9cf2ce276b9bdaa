"""What a station can do that sees the queues of all at the start of a slot, but not what others place during it."""

import numpy as np
from numba import njit

GOLDEN = 0.6180339887498949  # the golden ratio less 1


@njit(cache=True)
def placed_by_all(queue, before, served):  # type: ignore[no-untyped-def]
    """Work (Gcycles) that all stations together placed in a slot, from the queues after it and before it.

    Exact for the stations that still have a queue; those without one are taken to have got what they could just serve.
    """
    placed = 0.0
    for b in range(len(queue)):
        placed += max(queue[b] - before[b] + served[b], 0.0)
    return placed


@njit(cache=True)
def least_loaded(queue, placed, served, group, wanted, weight, work):  # type: ignore[no-untyped-def]
    """The station of the ``wanted`` group that is soonest done with ``work`` after its queue and own placements times ``weight``."""
    best, least = 0, 1e300
    for b in range(len(queue)):
        if group[b] == wanted:
            slots = (queue[b] + weight * placed[b] + work) / served[b]
            if slots < least:
                best, least = b, slots
    return best


@njit(cache=True)
def drawn(draws, place, weights):  # type: ignore[no-untyped-def]
    """A station in proportion to ``weights``, by the next number of a golden-ratio sequence.

    The sequence u + 0.618.. mod 1 fills [0, 1) more evenly than chance (Kuipers and Niederreiter, Uniform Distribution of Sequences,
    1974), so that every stretch of tasks is spread in proportion. Its latest number is ``draws[place]``, changed in place.
    """
    draws[place] = (draws[place] + GOLDEN) % 1.0
    remaining = draws[place] * weights.sum()
    last = 0
    for b in range(len(weights)):
        if weights[b] > 0.0:
            last = b
            remaining -= weights[b]
            if remaining < 0.0:
                break
    return last


@njit(cache=True)
def fill_water(queue, served, inflow, shares):  # type: ignore[no-untyped-def]
    """Shares of ``inflow`` (Gcycles) that raise the lowest queues to a common level in slots of work, as water would.

    ``shares`` (stations,) is filled; the stations above the level get none.
    """
    order = np.argsort(queue / served)
    width, volume, level = 0.0, 0.0, 0.0
    for b in order:
        if width > 0.0 and queue[b] / served[b] >= level:
            break
        width += served[b]
        volume += queue[b]
        level = (volume + inflow) / width
    for b in range(len(queue)):
        shares[b] = max(level * served[b] - queue[b], 0.0)
