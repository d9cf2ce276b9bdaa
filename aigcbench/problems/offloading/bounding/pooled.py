"""A lower bound at any size: all stations pooled into one machine that may interrupt and split tasks."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.offloading.bounding import kernels
from aigcbench.problems.offloading.model import slots_and_stations

MARGIN = 1e-9  # relative: far above the rounding of these sums, far below any gap


def downwards(value: float, magnitude: float = 0.0) -> float:
    """``value``, a sum of terms of the given magnitude in all, with room for rounding."""
    return value - MARGIN * max(abs(value), magnitude)


def pooled_bound(instance: Instance) -> float:
    """Lower bound on the mean delay of any decisions, s.

    Station s works on task i without a break for w_i / f_s, so that it is done w_i / (2 f_s) after the mean time at which it is worked
    on. All stations together work at a rate of at most F = sum f; hence the mean times add up to no less than under the best plan of a
    machine of speed F that may split tasks, which serves the smallest task first (Goemans et al., SIAM J. Discrete Math. 15, 2002).
    """
    work = instance["task_work"]
    plan = _smallest_first(instance)
    waits = np.bincount(plan.task, weights=plan.length * (plan.start + 0.5 * plan.length), minlength=len(work))
    served = np.bincount(plan.task, weights=plan.length, minlength=len(work))
    mean = np.divide(waits, served, out=plan.release.copy(), where=served > 0) - plan.release
    alone = fsum(work) / (2.0 * float(instance["station_capacity"].max()))
    return downwards(
        fsum([fsum(mean), alone, fsum(cheapest_transmission(instance))]) / len(work), float(plan.release.max())
    )


def suggested_prices(instance: Instance) -> np.ndarray:
    """Prices of tasks (float64, tasks) that the pooled machine suggests, s."""
    work, plan = instance["task_work"], _smallest_first(instance)
    time_order = np.argsort(plan.start, kind="stable")
    pieces = (column[time_order] for column in (plan.task, plan.start, plan.length))
    alone = work / (2.0 * float(instance["station_capacity"].mean()))
    return kernels.plan_prices(work, plan.release, *pieces) + alone + cheapest_transmission(instance)


@dataclass(frozen=True, eq=False)
class _Plan:
    """Pieces of work: task, start (s) and length (s); and when the slot of each task starts (s, tasks)."""

    task: np.ndarray
    start: np.ndarray
    length: np.ndarray
    release: np.ndarray


def _smallest_first(instance: Instance) -> _Plan:
    """The best plan of the pooled machine."""
    slot, _ = slots_and_stations(instance)
    work, slot_s = instance["task_work"], float(instance.parameters["slot_s"])
    order = np.argsort(work, kind="stable")
    n_slots, speed = len(instance["slot_tasks"]), float(instance["station_capacity"].sum())
    task, start, length = kernels.preemptive_plan(work[order], slot[order], n_slots, speed, slot_s)
    return _Plan(order[task], start, length, slot * slot_s)


def cheapest_transmission(instance: Instance) -> np.ndarray:
    """The least time (float64, tasks) that a task's data and result take to and from any station, s."""
    _, station = slots_and_stations(instance)
    moved = (instance["task_data"] + instance["task_result"]) / instance["station_rate"].max()
    return np.minimum(instance["task_result"] / instance["station_rate"][station], moved)
