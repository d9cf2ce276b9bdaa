"""The ladder of sacrificed stations: in overload the fastest stations are given up one after the other.

In overload somebody has to wait, and a backlog only costs those who join it. So the largest tasks, which hold the most work for
each that waits, are sent to one station until it has enough to do for the rest of the episode; then it is left alone and the next
one is given up. All other tasks share the stations that are left, which are kept just short of a lasting backlog.
"""

from numba import njit

BINS = 64
"""Of the histogram of work by the size of tasks, from none to the scenario's largest."""


@njit(cache=True)
def record(histogram, work, max_work):  # type: ignore[no-untyped-def]
    """Add a task's work (Gcycles) to the histogram (BINS,)."""
    histogram[min(int(work / max_work * BINS), BINS - 1)] += work


@njit(cache=True)
def threshold(histogram, scale, target, max_work):  # type: ignore[no-untyped-def]
    """The size (Gcycles) below which the histogram's work, times ``scale``, comes to ``target`` (Gcycles); infinite if all does."""
    below = 0.0
    if target <= 0.0:
        return 0.0
    for index in range(BINS):
        work = histogram[index] * scale
        if below + work > target:
            return (index + (target - below) / work) * max_work / BINS
        below += work
    return 1e300


@njit(cache=True)
def fastest_left(served, given_up):  # type: ignore[no-untyped-def]
    """The fastest station that is not yet given up; the lowest index among equals. At least one must be left."""
    best = -1
    for b in range(len(served)):
        if given_up[b] == 0.0 and (best < 0 or served[b] > served[best]):
            best = b
    return best


@njit(cache=True)
def climb(load, full, backlog, served, given_up, latest):  # type: ignore[no-untyped-def]
    """Give up the fastest station left if those left can't serve ``load`` and the latest given up is full.

    Parameters
    ----------
    load
        Work that arrives in a slot over what makes the ladder start, Gcycles.
    full
        Slots of work that fill a station.
    backlog, served
        What waits at each station, and what it serves in a slot, Gcycles.
    given_up
        1 for the stations that are given up, else 0; changed in place.
    latest
        The station given up last, -1 if none.

    Returns
    -------
    The station given up last now.
    """
    left, number = 0.0, 0
    for b in range(len(served)):
        if given_up[b] == 0.0:
            left += served[b]
            number += 1
    if load <= left or number < 2 or (latest >= 0 and backlog[latest] <= full * served[latest]):
        return latest
    chosen = fastest_left(served, given_up)
    given_up[chosen] = 1.0
    return chosen


@njit(cache=True)
def room_left(backlog, served, given_up, passed, fill, drain):  # type: ignore[no-untyped-def]
    """Work (Gcycles) that the stations left may get in a slot: ``fill`` of what they serve, less ``drain`` of their backlog.

    ``passed`` is the share of the slot's tasks that have been placed: so much of what a station serves in a slot is no backlog.
    """
    room = 0.0
    for b in range(len(served)):
        if given_up[b] == 0.0:
            room += fill * served[b] - drain * max(backlog[b] - passed * served[b], 0.0)
    return room
