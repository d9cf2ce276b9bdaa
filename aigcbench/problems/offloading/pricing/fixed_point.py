"""Prices that agree with the decisions that they lead to.

The price of a station for tasks of each arrival station is the mean number of tasks that come to it later and wait behind: those of
later arrivals in the same slot by running means per arrival station, and those of the slots until it is empty. The decisions that
these prices lead to give new means, and so on; tasks that were seen are played again and again in thought until both agree.
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
    sent: np.ndarray  # (B, B) tasks of this slot sent to each station, by arrival station
    mean_sent: np.ndarray  # (B, B) mean of that
    later: (
        np.ndarray
    )  # (B, B) mean number of tasks of a slot that are sent to each station after those of an arrival station


class Tasks(NamedTuple):
    """Tasks seen, in order of service; all float64 (tasks,)."""

    slot: np.ndarray
    home: np.ndarray  # index of the arrival station
    data: np.ndarray  # Mbit
    work: np.ndarray  # Gcycles
    result: np.ndarray  # Mbit


@njit(cache=True)
def choose(market, delay, queue, home, work, left, weight):  # type: ignore[no-untyped-def]
    """The station where a task's delay and what it makes later ones wait are least together.

    Parameters
    ----------
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
        behind = market.later[b, home] + slots * (market.later[b, 0] + 0.5 * market.mean_sent[b, 0])
        cost = delay[b] + weight * behind * work / market.capacity[b]
        if cost < least:
            best, least = b, cost
    return best


@njit(cache=True)
def place(market, station, home, work):  # type: ignore[no-untyped-def]
    """Take note of a task that is sent to a station."""
    market.placed[station] += work
    market.sent[station, home] += 1.0


@njit(cache=True)
def close_slot(market, rate):  # type: ignore[no-untyped-def]
    """Move the means towards what was done in the slot, and start the next one."""
    learn(market.mean_placed, market.placed, rate)
    learn(market.mean_sent, market.sent, rate)
    n_stations = len(market.served)
    for b in range(n_stations):
        behind = 0.0
        for home in range(n_stations - 1, -1, -1):
            market.later[b, home] = (
                behind + 0.5 * market.mean_sent[b, home]
            )  # a task is on average amid those of its home
            behind += market.mean_sent[b, home]


@njit(cache=True)
def rehearse(market, tasks, count, slots, left, weight, rate):  # type: ignore[no-untyped-def]
    """Play the first ``count`` tasks over and over, for ``slots`` slots from empty queues; only the means remain of it."""
    n_stations = len(market.served)
    queue, delay = np.zeros(n_stations), np.empty(n_stations)
    j = 0
    for _ in range(slots):
        slot = tasks.slot[j]
        while j < count and tasks.slot[j] == slot:
            home, work = int(tasks.home[j]), tasks.work[j]
            for b in range(n_stations):
                sent = tasks.result[j] + (0.0 if b == home else tasks.data[j])
                delay[b] = (queue[b] + market.placed[b] + work) / market.capacity[b] + sent / market.rate[b]
            place(market, choose(market, delay, queue, home, work, left, weight), home, work)
            j += 1
        for b in range(n_stations):
            queue[b] = max(queue[b] + market.placed[b] - market.served[b], 0.0)
        close_slot(market, rate)
        if j == count:
            j = 0
