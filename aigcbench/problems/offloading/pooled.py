"""A lower bound at any size: all stations pooled into one machine that may preempt.

Station s works on task i without a break for w_i / f_s, so that its completion is the mean time at which it is worked on plus
w_i / (2 f_s). Whatever the decisions, all stations together work at a rate of at most F = sum f; hence the sum of the mean times is
no less than that of the best plan of one machine of speed F that may split and interrupt tasks. There a unit of work of task i
weighs 1 / w_i, so the smallest task first is best (Goemans, Queyranne, Schulz, Skutella, Wang: Single machine scheduling with release dates, 2002).
"""

from __future__ import annotations

from math import fsum

import numpy as np
from numba import njit

from aigcbench.instance import Instance

MARGIN = 1e-9  # relative: far above the rounding of these sums, far below any gap


def downwards(value: float) -> float:
    """``value`` with room for the rounding of whoever adds up delays in another order."""
    return value - MARGIN * abs(value)


def pooled_bound(instance: Instance) -> float:
    """Lower bound on the mean delay of any decisions, s."""
    work, capacity = instance["task_work"], instance["station_capacity"]
    slot = np.repeat(np.arange(len(instance["slot_tasks"])), instance["slot_tasks"].sum(axis=1))
    order = np.argsort(work, kind="stable")
    speed, slot_s = float(capacity.sum()), float(instance.parameters["slot_s"])
    waits = mean_times(work[order], slot[order], len(instance["slot_tasks"]), speed, slot_s)
    parts = [fsum(waits), fsum(work) / (2.0 * float(capacity.max())), fsum(cheapest_transmission(instance))]
    return downwards(fsum(parts) / len(work))


def cheapest_transmission(instance: Instance) -> np.ndarray:
    """The least time (float64, tasks) that a task's data and result take to and from any station, s."""
    slots, n_stations = instance["slot_tasks"].shape
    own = instance["station_rate"][np.repeat(np.tile(np.arange(n_stations), slots), instance["slot_tasks"].ravel())]
    moved = (instance["task_data"] + instance["task_result"]) / instance["station_rate"].max()
    return np.minimum(instance["task_result"] / own, moved)


@njit(cache=True)
def mean_times(work, slot, n_slots, speed, slot_s):
    """Mean time (tasks) from the start of its slot at which each task is worked on; tasks given in order of priority.

    Every task takes the earliest time that those before it have left, from its own slot on; the last slot never ends.
    """
    used = np.zeros(n_slots)  # s, from the start of each slot
    open_slot = np.arange(n_slots)  # the first slot from here on that has time left, or a step on the way there
    mean = np.empty(len(work))
    for i in range(len(work)):
        left, total, t = work[i] / speed, 0.0, slot[i]
        length = left
        while left > 0.0:
            while open_slot[t] != t:
                open_slot[t] = open_slot[open_slot[t]]
                t = open_slot[t]
            piece = left
            if t < n_slots - 1 and used[t] + left >= slot_s:
                piece = slot_s - used[t]
                open_slot[t] = t + 1
            total += piece * ((t - slot[i]) * slot_s + used[t] + 0.5 * piece)
            used[t] += piece
            left -= piece
        mean[i] = total / length if length > 0.0 else 0.0
    return mean
