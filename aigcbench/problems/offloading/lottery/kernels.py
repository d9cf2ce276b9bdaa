"""Parts of the lottery's decision, compiled."""

import numpy as np
from numba import njit

from aigcbench.problems.offloading.lottery.genome import (
    DRAIN,
    EXCESS,
    FILL,
    FILL_KNOTS,
    KNOTS,
    LAST,
    REACH,
    RUNG_SCALES,
    RUNGS,
    START,
)
from aigcbench.problems.offloading.pricing.ladder import room_left


@njit(cache=True)
def fill_at(settings, slot, slots):
    """Work for the stations left in a slot, as a share of what they serve."""
    place = slot / max(slots - 1.0, 1.0) * (KNOTS - 1)
    knot = min(int(place), KNOTS - 2)
    share = place - knot
    between = (1.0 - share) * settings[FILL_KNOTS + knot] + share * settings[FILL_KNOTS + knot + 1]
    return settings[FILL] + settings[LAST] / (slots - slot) + between


@njit(cache=True)
def next_rung(given_up, priority, load, served):
    """The station to give up next where those left cannot serve ``load`` (Gcycles), else -1; one is always left."""
    left, number, chosen = 0.0, 0, -1
    for b in range(len(served)):
        if given_up[b] == 0.0:
            left += served[b]
            number += 1
            if chosen < 0 or priority[b] > priority[chosen]:
                chosen = b
    return chosen if load > left and number > 1 else -1


@njit(cache=True)
def climb_ladder(settings, load, fill, slots_left, queue, served, given_up, priority, latest):
    """Give up stations until the latest is not full or the others can serve the load.

    Parameters
    ----------
    load, fill, slots_left
        Gcycles per slot, what `fill_at` says, slots after this one.
    queue, served, given_up, priority
        Per station: Gcycles, Gcycles per slot, 1 where it is given up (changed in place), its place in the order.
    latest
        The station given up last, -1 if none.

    Returns
    -------
    The station given up last now, and the work (Gcycles) that those left may get in this slot.
    """
    excess = settings[EXCESS] * max(load / served.sum() - 1.0, 0.0)
    while True:
        room = room_left(queue, served, given_up, 0.0, fill, settings[DRAIN])
        chosen = next_rung(given_up, priority, load / settings[START], served)
        if chosen < 0:
            return latest, room
        if latest >= 0:
            rung = min(int(given_up.sum()) - 1, RUNGS - 1)
            full = np.exp(settings[RUNG_SCALES + rung]) * (settings[REACH] * slots_left + excess)
            # Half of what this slot brings is counted as there already: on average that much of it is ahead of a task.
            if queue[latest] + 0.5 * max(load - room, 0.0) <= full * served[latest]:
                return latest, room
        given_up[chosen] = 1.0
        latest = chosen
