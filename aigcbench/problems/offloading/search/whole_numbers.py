"""Offloading in whole numbers, as CP-SAT wants it: time in ticks, delays rounded down."""

from __future__ import annotations

from typing import Any

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.offloading.linear import OffloadingModel
from aigcbench.problems.offloading.model import slots_and_stations

LARGEST_DELAY = 2.0**40  # ticks, of all tasks together
FINEST_TICK = 1e-9  # s


class TickModel:
    """The program in ticks: minus the sum of all delays is to be maximised. What it costs is no more than what it says in seconds.

    Parameters
    ----------
    program
        The same in seconds, for the delays without waiting and the longest queues.

    Attributes
    ----------
    coefficients
        int64 (columns,): of the objective. Columns say who serves (tasks x stations), then how long each task waits.
    """

    def __init__(self, instance: Instance, program: OffloadingModel) -> None:
        self._shape = n_tasks, _ = program.served.shape
        longest = program.linear.upper[program.level]
        alone = -program.linear.objective[program.served] * n_tasks
        tick = max(FINEST_TICK, float((longest + alone).max(axis=1).sum()) / LARGEST_DELAY)
        slot, _ = slots_and_stations(instance)
        passed = np.diff(slot, prepend=slot[0]) * float(instance.parameters["slot_s"])
        length = instance["task_work"][:, None] / instance["station_capacity"]
        self._length = np.floor(length / tick).astype(np.int64)
        self._passed = np.ceil(passed / tick).astype(np.int64)
        self._longest = np.ceil(longest / tick).astype(np.int64)
        self._mean_tick = tick / n_tasks
        self.coefficients = np.full(program.served.size + n_tasks, -1)
        self.coefficients[: program.served.size] = -np.floor(alone / tick).astype(np.int64).ravel()

    def bound(self, whole: float) -> float:
        """A bound on minus the mean delay (s) from one on the objective."""
        return whole * self._mean_tick

    def model(self) -> tuple[Any, list[Any]]:
        """CP-SAT's model and its columns. Queues are implied station by station; a task waits for the one that serves it."""
        from ortools.sat.python import cp_model

        (n_tasks, n_stations), longest = self._shape, self._longest.tolist()
        length, passed = self._length.tolist(), self._passed.tolist()
        model = cp_model.CpModel()
        served = [[model.new_bool_var("") for _ in range(n_stations)] for _ in range(n_tasks)]
        wait = [model.new_int_var(0, max(longest[i]), "") for i in range(n_tasks)]
        for i in range(n_tasks):
            model.add_exactly_one(served[i])
        for s in range(n_stations):
            level = model.new_constant(0)
            for i in range(1, n_tasks):
                earlier, level = level, model.new_int_var(0, longest[i][s], "")
                model.add(level >= earlier + length[i - 1][s] * served[i - 1][s] - passed[i])
                model.add(wait[i] >= level).only_enforce_if(served[i][s])
        return model, [variable for task in served for variable in task] + wait

    def start(self, plan: np.ndarray) -> np.ndarray:
        """Values of the columns that mean ``plan`` (int64, tasks)."""
        n_tasks, n_stations = self._shape
        level, wait = np.zeros(n_stations, np.int64), np.zeros(n_tasks)
        for i, s in enumerate(plan.tolist()):
            level = np.maximum(level - self._passed[i], 0)
            wait[i] = level[s]
            level[s] += self._length[i, s]
        return np.concatenate([(plan[:, None] == np.arange(n_stations)).ravel(), wait])
