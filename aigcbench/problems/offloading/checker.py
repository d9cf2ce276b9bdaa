"""The judge of offloading decisions, written from the formulation's text alone.

A slot is settled at once: its tasks are put in order of station, a running sum gives the work before each, and the queues move on
to the next slot. Nothing here is shared with the simulator that solvers run against; the tests hold the two together.
"""

from __future__ import annotations

from math import fsum

import numpy as np

from aigcbench.errors import InvalidDecisions
from aigcbench.instance import Instance

SIZES = ("small", "medium", "large")


def check(instance: Instance, station: np.ndarray) -> dict[str, float]:
    """Compute every metric of an offloading run from raw decisions.

    Parameters
    ----------
    instance
        A valid offloading instance.
    station
        Station that serves each task (integers, tasks).

    Returns
    -------
    A finite value for each metric of the formulation, by name.

    Raises
    ------
    InvalidDecisions
        Constraint ``length`` or ``station-range``, naming the first bad task.
    """
    _refuse_illegal(instance, station)
    slot_tasks = instance["slot_tasks"]
    stations = np.arange(slot_tasks.shape[1])
    arrival_station = np.repeat(np.tile(stations, len(slot_tasks)), slot_tasks.ravel())
    waits, queues = replay(instance, station)
    rate, moved = instance["station_rate"][station], station != arrival_station
    delay = (
        np.where(moved, instance["task_data"] / rate, 0.0)
        + (waits + instance["task_work"]) / instance["station_capacity"][station]
        + instance["task_result"] / rate
    )
    deadline = float(instance.parameters["deadline_s"])
    metrics = {
        "mean_delay": fsum(delay) / len(delay),
        "p95_delay": np.percentile(delay, 95),
        "p99_delay": np.percentile(delay, 99),
        **_delay_by_size(instance["task_work"], delay),
        "late_rate": (delay > deadline).mean() if deadline > 0 else 0.0,
        "max_queue": queues.max(initial=0.0),
        "offloaded_rate": moved.mean(),
    }
    return {name: float(value) for name, value in metrics.items()}


def _refuse_illegal(instance: Instance, station: np.ndarray) -> None:
    """Raise `InvalidDecisions` at the first task whose decision is not legal."""
    n_tasks, n_stations = len(instance["task_work"]), len(instance["station_capacity"])
    if station.shape != (n_tasks,):
        where = f"task {min(len(station), n_tasks)}" if station.ndim == 1 else "station"
        expected = f"one for each of {n_tasks} tasks"
        raise InvalidDecisions("length", where, f"decisions of shape {station.shape}", expected)
    outside = (station < 0) | (station >= n_stations)
    if outside.any():
        first = int(outside.argmax())
        expected = f"a station from 0 to {n_stations - 1}"
        raise InvalidDecisions("station-range", f"task {first}", f"station {station[first]}", expected)


def replay(instance: Instance, station: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Work that each task waits for (Gcycles, tasks), and the queue that each slot leaves behind (Gcycles, slots x stations)."""
    capacity, work = instance["station_capacity"], instance["task_work"]
    served = capacity * float(instance.parameters["slot_s"])
    ends = np.cumsum(instance["slot_tasks"].sum(axis=1))
    waits, queue, queues = np.empty(len(work)), np.zeros(len(capacity)), np.zeros((len(ends), len(capacity)))
    for slot, (start, end) in enumerate(zip(np.concatenate([[0], ends[:-1]]), ends, strict=True)):
        order = np.argsort(station[start:end], kind="stable")  # by station, then in the order of service
        where, placed = station[start:end][order], work[start:end][order]
        ahead = np.concatenate([[0.0], np.cumsum(placed)])
        first = np.searchsorted(where, where, side="left")  # where each task's station begins
        waits[start:end][order] = queue[where] + ahead[:-1] - ahead[first]
        total = np.bincount(where, weights=placed, minlength=len(capacity))
        queue = np.maximum(queue + total - served, 0.0)
        queues[slot] = queue
    return waits, queues


def _delay_by_size(work: np.ndarray, delay: np.ndarray) -> dict[str, float]:
    """Mean delay of the third of the tasks with the least work, of the middle third and of the rest; 0 where there is no such task."""
    limits = np.quantile(work, [1 / 3, 2 / 3])
    size = np.searchsorted(limits, work, side="left")  # a task at a limit belongs below it
    groups = (delay[size == index] for index in range(len(SIZES)))
    return {f"mean_delay_{name}": fsum(group) / max(len(group), 1) for name, group in zip(SIZES, groups, strict=True)}
