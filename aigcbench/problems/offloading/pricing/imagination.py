"""Slots that are played in thought, with tasks like those seen: what stations will get, or have got unseen.

All stations are taken to get tasks as they were seen, and as many. A slot is drawn from that, starting from the queues that all see,
and played in the order of service by a rule that all follow. The mean of several such slots says how many tasks are still to come to
each station, and what lies there before the tasks of a given station have their turn: how loaded a slot is by the rank of a station.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from aigcbench.optimization.random_stream import uniform
from aigcbench.problems.offloading.pricing.fixed_point import choose, close_slot, delay_if_sent, place


class Demand(NamedTuple):
    """What was seen so far, all float64, and the random stream that draws from it."""

    tasks: np.ndarray  # (3, at least 1) data (Mbit), work (Gcycles) and result (Mbit) of each task
    counts: np.ndarray  # (at least 1,) numbers of tasks of a station in a slot
    words: np.ndarray  # (2,) of the random stream, changed in place


@njit(cache=True)
def one_of(words, number):  # type: ignore[no-untyped-def]
    """An index below ``number``, each as likely."""
    return min(int(uniform(words) * number), int(number) - 1)


@njit(cache=True)
def imagine_arrivals(market, queue, home, demand, left, weight, delay):  # type: ignore[no-untyped-def]
    """Draw the tasks of one arrival station and send them where the rule says; ``delay`` (stations,) is room for it."""
    for _ in range(int(demand.counts[one_of(demand.words, len(demand.counts))])):
        j = one_of(demand.words, demand.tasks.shape[1])
        data, work, result = demand.tasks[0, j], demand.tasks[1, j], demand.tasks[2, j]
        delay_if_sent(market, queue, home, data, work, result, delay)
        place(market, choose(market, market.later[home], delay, queue, work, left, weight), home, work)


@njit(cache=True)
def imagine(market, queue, demand, left, weight, rate, slots, ahead):  # type: ignore[no-untyped-def]
    """Play imagined slots; their means and those of the market remain of them.

    Parameters
    ----------
    market
        Means that the prices follow from, see `fixed_point.Market`; they follow each imagined slot at ``rate``.
    queue
        At the start of the slot, Gcycles (stations,).
    left, weight
        Slots left after this one; how much the delay of others counts.
    slots
        How many are imagined.
    ahead
        Filled with the mean work (Gcycles) placed on each station in this slot before the tasks of each home (homes, stations).
    """
    n_stations = len(queue)
    delay = np.empty(n_stations)
    ahead[:] = 0.0
    for _ in range(slots):
        for home in range(n_stations):
            ahead[home] += market.placed / slots
            imagine_arrivals(market, queue, home, demand, left, weight, delay)
        close_slot(market, rate)


@njit(cache=True)
def foresee(market, queue, home, demand, left, weight, slots, later):  # type: ignore[no-untyped-def]
    """Play what is left of the slot in thought, several times, from what is placed so far when an arrival station has its turn.

    ``later`` (stations,) is filled with the mean number of tasks that come to each station behind a task of this arrival station,
    which is on average amid those of its own. The market is left as it was.
    """
    n_stations = len(queue)
    delay, placed = np.empty(n_stations), market.placed.copy()
    later[:] = 0.0
    for _ in range(slots):
        for arrival in range(home, n_stations):
            imagine_arrivals(market, queue, arrival, demand, left, weight, delay)
            later += (0.5 if arrival == home else 1.0) / slots * market.sent[arrival]
            market.sent[arrival] = 0.0
        market.placed[:] = placed
