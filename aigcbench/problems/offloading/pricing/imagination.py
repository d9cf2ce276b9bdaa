"""What the other stations place in a slot, imagined by one that sees its own tasks only.

All stations are taken to get tasks like its own, as many as it gets. A slot is drawn from what it has seen, starting from the queues
that all see, and played in the order of service by a rule that all follow. The mean of several such slots says what lies on each
station before those of a given station have their turn: how loaded a slot is by the rank of a station in it.
"""

import numpy as np
from numba import njit

from aigcbench.optimization.random_stream import uniform
from aigcbench.problems.offloading.pricing.fixed_point import choose, close_slot, place


@njit(cache=True)
def one_of(words, number):  # type: ignore[no-untyped-def]
    """An index below ``number``, each as likely."""
    return min(int(uniform(words) * number), int(number) - 1)


@njit(cache=True)
def imagine(market, queue, tasks, counts, left, weight, rate, slots, words, ahead):  # type: ignore[no-untyped-def]
    """Play imagined slots; their means and those of the market remain of them.

    Parameters
    ----------
    market
        Means that the prices follow from, see `fixed_point.Market`; they follow each imagined slot at ``rate``.
    queue
        At the start of the slot, Gcycles (stations,).
    tasks
        Data (Mbit), work (Gcycles) and result (Mbit) of the tasks seen, three rows, at least one column.
    counts
        Numbers of tasks that the station got in its slots, at least one.
    left, weight
        Slots left after this one; how much the delay of others counts.
    slots
        How many are imagined.
    words
        Of the random stream, changed in place.
    ahead
        Filled with the mean work (Gcycles) placed on each station in this slot before the tasks of each home (stations, stations).
    """
    n_stations = len(queue)
    delay = np.empty(n_stations)
    ahead[:] = 0.0
    for _ in range(slots):
        for home in range(n_stations):
            ahead[home] += market.placed / slots
            for _ in range(int(counts[one_of(words, len(counts))])):
                j = one_of(words, tasks.shape[1])
                data, work, result = tasks[0, j], tasks[1, j], tasks[2, j]
                for b in range(n_stations):
                    sent = result + (0.0 if b == home else data)
                    delay[b] = (queue[b] + market.placed[b] + work) / market.capacity[b] + sent / market.rate[b]
                place(market, choose(market, delay, queue, home, work, left, weight), home, work)
        close_slot(market, rate)
