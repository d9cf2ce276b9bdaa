"""Prices that agree with the decisions that they lead to.

The price of a station for the tasks of an arrival station is the mean number of tasks that come to it later and wait behind: those of
later arrivals in the same slot by running means per arrival station, and those of the slots until it is empty. The decisions that
these prices lead to give new means, and so on; slots are played in thought until both agree.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from aigcbench.problems.offloading.pricing.externality import learn, slots_until_empty


class Market(NamedTuple):
    """What is known of B stations; all float64."""

    capacity: np.ndarray  # (B,) Gcycles/s
    rate: np.ndarray  # (B,) Mbit/s
    served: np.ndarray  # (B,) Gcycles per slot
    placed: np.ndarray  # (B,) Gcycles in this slot so far
    mean_placed: np.ndarray  # (B,) Gcycles per slot
    sent: np.ndarray  # (B, B) tasks of this slot by arrival station and the station that they are sent to
    mean_sent: np.ndarray  # (B, B) mean of that
    later: (
        np.ndarray
    )  # (B, B) mean number of a slot's tasks after those of an arrival station, by the station they are sent to


@njit(cache=True)
def delay_if_sent(market, queue, home, data, work, result, delay):  # type: ignore[no-untyped-def]
    """Fill ``delay`` (B,) with a task's delay on each station, s, by what is placed there so far.

    ``queue`` (B,) is that at the start of the slot, Gcycles; data and result of the task are in Mbit, its work in Gcycles.
    """
    for b in range(len(delay)):
        moved = result + (0.0 if b == home else data)
        delay[b] = (queue[b] + market.placed[b] + work) / market.capacity[b] + moved / market.rate[b]


@njit(cache=True)
def choose(market, later, delay, queue, work, left, weight):  # type: ignore[no-untyped-def]
    """The station where a task's delay and what it makes later ones wait are least together.

    Parameters
    ----------
    later
        Number of tasks expected later in the slot on each station.
    delay, queue
        Of this task, s, and at the start of the slot, Gcycles, on each station.
    left
        Slots left after this one.
    weight
        How much the delay of others counts.
    """
    best, least = 0, 1e300
    for b in range(len(delay)):
        slots = slots_until_empty(queue[b] + market.placed[b], market.served[b], market.mean_placed[b], left)
        behind = later[b] + slots * (market.later[0, b] + 0.5 * market.mean_sent[0, b])
        cost = delay[b] + weight * behind * work / market.capacity[b]
        if cost < least:
            best, least = b, cost
    return best


@njit(cache=True)
def place(market, station, home, work):  # type: ignore[no-untyped-def]
    """Take note of a task that is sent to a station."""
    market.placed[station] += work
    market.sent[home, station] += 1.0


@njit(cache=True)
def close_slot(market, rate):  # type: ignore[no-untyped-def]
    """Move the means towards what was done in the slot, and start the next one."""
    learn(market.mean_placed, market.placed, rate)
    learn(market.mean_sent, market.sent, rate)
    behind = np.zeros(len(market.served))
    for home in range(len(market.served) - 1, -1, -1):
        market.later[home] = behind + 0.5 * market.mean_sent[home]  # a task is on average amid those of its home
        behind += market.mean_sent[home]
