"""Prices per task: the Lagrangian dual of "each task is served once".

For any prices v the mean delay of any decisions is at least [sum_i v_i + sum_s U_s(v)] / n, where U_s(v) is the least total of
(delay_is - v_i) over all subsets of the tasks that station s might serve, in their fixed order. A station's queue is all that its past
means for its future, so U_s is a dynamic program over the queue level, which `kernels.potential` bounds from below on a grid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from math import fsum

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.offloading.bounding import kernels
from aigcbench.problems.offloading.bounding.pooled import downwards
from aigcbench.problems.offloading.model import slots_and_stations

MOST_POINTS = 4096
_NO_HISTORY = np.empty((0, 0))


def grid_points(instance: Instance, step: float) -> int:
    """Grid levels in a slot so that one is about ``step`` times the mean time of a task; any number of levels gives a valid bound."""
    mean = float(instance["task_work"].mean() / instance["station_capacity"].mean())
    wanted = float(instance.parameters["slot_s"]) / max(step * mean, 1e-300)
    return math.ceil(min(max(wanted, 1.0), MOST_POINTS))


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The dual at some prices.

    Parameters
    ----------
    lower
        Lower bound on the mean delay of any decisions, s.
    served
        float64 (tasks,): how many stations serve each task at these prices; 1 for all is the best.
    """

    lower: float
    served: np.ndarray


class TaskPrices:
    """The dual function of one instance.

    Parameters
    ----------
    instance
        With tasks x stations that fit the memory.
    """

    def __init__(self, instance: Instance) -> None:
        slot, station = slots_and_stations(instance)
        capacity, rate = instance["station_capacity"], instance["station_rate"]
        self.slot_s = float(instance.parameters["slot_s"])
        self.first = np.searchsorted(slot, np.arange(len(instance["slot_tasks"]) + 1))
        self.n_tasks, self.n_stations = len(slot), len(capacity)
        self.length = instance["task_work"] / capacity[:, None]
        """float64 (stations, tasks): time that the work takes, s."""
        moved = station != np.arange(self.n_stations)[:, None]
        sending = np.where(moved, instance["task_data"] / rate[:, None], 0.0)
        self.delay = sending + self.length + instance["task_result"] / rate[:, None]
        """float64 (stations, tasks): delay at an empty queue, s."""
        self._join = np.empty(0, np.uint8)

    def levels(self, station: int, prices: np.ndarray, points: int) -> np.ndarray:
        """Grid levels (int64, tasks) at which a task may be worth serving at a station, with ``points`` levels in a slot."""
        worth = prices - self.delay[station]
        return np.where(worth < 0.0, 0, (np.maximum(worth, 0.0) * (points / self.slot_s)).astype(np.int64) + 3)

    def lower(self, prices: np.ndarray, points: int) -> float:
        """Lower bound on the mean delay of any decisions (s), from any prices (float64, tasks, finite)."""
        return self._evaluate(prices, points, None)

    def evaluate(self, prices: np.ndarray, points: int) -> Evaluation:
        """The lower bound, and how often each task is served."""
        served = np.zeros(self.n_tasks)
        return Evaluation(self._evaluate(prices, points, served), served)

    def _evaluate(self, prices: np.ndarray, points: int, served: np.ndarray | None) -> float:
        step, parts = self.slot_s / points, []
        for station in range(self.n_stations):
            length, net = self.length[station] / step, self.delay[station] - prices
            levels = self.levels(station, prices, points)
            value, low = (np.empty(int(levels.max()) + int(length.max()) + points + 3) for _ in range(2))
            join = self._space(int(levels.sum()) if served is not None else 0)
            kernels.potential(self.first, length, net, levels, points, step, value, low, join, _NO_HISTORY)
            parts.append(float(value[0]))
            if served is not None:
                kernels.coverage(self.first, length, levels, points, join, low, np.empty_like(low), served)
        magnitude = fsum(np.abs(prices))
        return downwards(fsum([*prices, *parts]), magnitude) / self.n_tasks

    def optimum(self, prices: np.ndarray, points: int, nodes: int, plan: np.ndarray | None = None) -> float | None:
        """The least mean delay of all decisions, rounded down; None if that takes more than ``nodes`` nodes of a search tree.

        The search is bounded by the cost to go at these prices, on a grid of ``points`` levels in a slot. ``plan`` (int64, tasks) is
        filled with the best decisions found.
        """
        if plan is None:
            plan = np.empty(self.n_tasks, np.int64)
        step = self.slot_s / points
        levels = np.stack([self.levels(station, prices, points) for station in range(self.n_stations)])
        size = int(levels.max()) + int(self.length.max() / step) + points + 3
        history, value, low = np.empty((self.n_stations, self.n_tasks, size)), np.empty(size), np.empty(size)
        for station, (length, delay) in enumerate(zip(self.length / step, self.delay, strict=True)):
            kernels.potential(
                self.first,
                length,
                delay - prices,
                levels[station],
                points,
                step,
                value,
                low,
                self._join[:0],
                history[station],
            )
        prices_left = np.append(np.cumsum(prices[::-1])[::-1], 0.0)
        slot = np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))
        best, proven = kernels.branch_and_bound(
            slot, self.length, self.delay, self.slot_s, step, prices_left, history, nodes, plan
        )
        return downwards(best, fsum(np.abs(prices))) / self.n_tasks if proven else None

    def _space(self, size: int) -> np.ndarray:
        """Space for decisions (uint8, size), which grows but is not made anew."""
        if size > len(self._join):
            self._join = np.empty(size, np.uint8)
        return self._join[:size]
