"""Offloading as an integer program, its queues linearised: exact, but for small instances only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.linear import LinearProgram, LinearProgramBuilder
from aigcbench.problems.offloading.model import slots_and_stations


@dataclass(frozen=True, eq=False)
class OffloadingModel:
    """The program, and its columns, each int64 (tasks, stations).

    Parameters
    ----------
    linear
        Its maximum is minus the least mean delay, s.
    served
        1 where the station serves the task.
    wait
        How long the task waits for the station, s; 0 where it is served elsewhere.
    level
        How long the queue of the station takes to serve when the task is placed, at least, s.
    """

    linear: LinearProgram
    served: np.ndarray
    wait: np.ndarray
    level: np.ndarray


def offloading_model(instance: Instance) -> OffloadingModel:
    """Build the program: waits and levels are driven down by the objective, so inequalities are enough to say what they are."""
    slot, station = slots_and_stations(instance)
    capacity, rate = instance["station_capacity"], instance["station_rate"]
    moved = station[:, None] != np.arange(len(capacity))
    length = instance["task_work"][:, None] / capacity
    sending = np.where(moved, instance["task_data"][:, None] / rate, 0.0)
    delay = sending + length + instance["task_result"][:, None] / rate
    passed = np.diff(slot, prepend=slot[0]) * float(instance.parameters["slot_s"])
    longest = _longest_levels(length, passed)
    shape, size = delay.shape, delay.size
    builder = LinearProgramBuilder()
    served = builder.add_columns(size, -delay.ravel() / len(delay), 1.0, integer=True).reshape(shape)
    wait = builder.add_columns(size, -1.0 / len(delay), longest.ravel(), integer=False).reshape(shape)
    level = builder.add_columns(size, 0.0, longest.ravel(), integer=False).reshape(shape)
    once = builder.add_rows(len(delay), 1.0, 1.0)
    builder.add_entries(once[:, None], served, 1.0)
    later = builder.add_rows(size - shape[1], np.repeat(-passed[1:], shape[1]), np.inf).reshape(-1, shape[1])
    builder.add_entries(later, level[1:], 1.0)
    builder.add_entries(later, level[:-1], -1.0)
    builder.add_entries(later, served[:-1], -length[:-1].ravel())
    waits = builder.add_rows(size, -longest.ravel(), np.inf).reshape(shape)
    builder.add_entries(waits, wait, 1.0)
    builder.add_entries(waits, level, -1.0)
    builder.add_entries(waits, served, -longest.ravel())
    return OffloadingModel(builder.build(), served, wait, level)


def _longest_levels(length: np.ndarray, passed: np.ndarray) -> np.ndarray:
    """Level (s, tasks x stations) at which each task would find a station that had served every task before it."""
    longest = np.zeros(length.shape)
    for task in range(1, len(length)):
        longest[task] = np.maximum(longest[task - 1] + length[task - 1] - passed[task], 0.0)
    return longest
