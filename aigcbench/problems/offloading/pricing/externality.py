"""Externality prices: how many later tasks wait behind a task on each station, learned from the slots played so far.

A task of w Gcycles on a station of f Gcycles/s delays every later task there by w / f seconds until the station has been empty,
so its price is that number of tasks over f. The number has two parts: the tasks that still come in this slot, and, where the
station won't be empty at the end of it, those of the slots until then.
"""

from numba import njit


@njit(cache=True)
def slots_until_empty(backlog, served, placed, left):  # type: ignore[no-untyped-def]
    """Slots after the current one until a station is empty that gets ``placed`` Gcycles a slot, at most ``left``.

    ``backlog`` (Gcycles) is all that waits there now, ``served`` what the station serves in a slot.
    """
    over = backlog - served
    if over <= 0.0:
        return 0.0
    if placed >= served:
        return left
    return min(over / (served - placed), left)


@njit(cache=True)
def learn(mean, latest, rate):  # type: ignore[no-untyped-def]
    """Move running means towards the latest values, which start again from zero; any shape."""
    for index in range(mean.size):
        mean.flat[index] += rate * (latest.flat[index] - mean.flat[index])
        latest.flat[index] = 0.0
