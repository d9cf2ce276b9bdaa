"""Prices per task: the Lagrangian dual of "each task is served once".

For any prices v the mean delay of any decisions is at least [sum_i v_i + sum_s U_s(v)] / n, where U_s(v) is the least total of
(delay_is - v_i) over all subsets of the tasks that station s might serve, in their fixed order. A station's queue is all that its past
means for its future, so U_s is a dynamic program over the queue level, which `kernels.potential` bounds from below on a grid.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from math import fsum

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.offloading.bounding import kernels
from aigcbench.problems.offloading.bounding.pooled import downwards
from aigcbench.problems.offloading.model import slots_and_stations

MOST_POINTS = 4096
MAXIMUM_BYTES = 2 * 10**9  # of one evaluation
MAXIMUM_CELLS = 10**10  # of one evaluation, some ten seconds
MAXIMUM_HISTORY = (
    10**7
)  # levels of all tasks at all stations that a tree looks up (80 MB); what lies beyond counts as the last
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

    def fits(self, prices: np.ndarray, points: int, counted: bool = True) -> bool:
        """Whether an evaluation fits memory: a station's costs to go, and if services are counted its decision at every level of a task."""
        return max(counted * tasks + 16.0 * size for tasks, size in self._extents(prices, points)) <= MAXIMUM_BYTES

    def cells(self, prices: np.ndarray, points: int) -> float:
        """How many levels an evaluation goes through: of every task at every station, and all of them at the end of each slot."""
        return math.fsum(tasks + (len(self.first) - 1) * size for tasks, size in self._extents(prices, points))

    def _extents(self, prices: np.ndarray, points: int) -> Iterator[tuple[float, float]]:
        """For each station the levels of all its tasks and those of its grid, as floats: they may be too many for integers."""
        for length, delay in zip(self.length, self.delay, strict=True):
            worth = prices - delay
            used = worth >= 0.0
            levels, longest = worth.max(initial=0.0, where=used), length.max(initial=0.0, where=used)
            yield (
                worth.sum(where=used) * points / self.slot_s + 3.0 * np.count_nonzero(used),
                (levels + longest) * points / self.slot_s + points + 6.0,
            )

    def _grid_size(self, station: int, levels: np.ndarray, points: int) -> int:
        """How long the cost to go must be: beyond all levels by the longest task that may be worth serving, and by a slot."""
        longest = self.length[station].max(initial=0.0, where=levels > 0) * points / self.slot_s
        return int(levels.max()) + int(longest) + points + 3

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
            value, low = (np.empty(self._grid_size(station, levels, points)) for _ in range(2))
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
        if not self.fits(prices, points, counted=False) or self.cells(prices, points) > MAXIMUM_CELLS:
            prices = np.zeros_like(prices)  # at which no task is worth serving
        step = self.slot_s / points
        levels = [self.levels(station, prices, points) for station in range(self.n_stations)]
        sizes = [self._grid_size(station, of_tasks, points) for station, of_tasks in enumerate(levels)]
        kept = max(min(max(sizes), MAXIMUM_HISTORY // (self.n_stations * self.n_tasks)), 1)
        history = np.empty((self.n_stations, self.n_tasks, kept))
        for station, (length, delay) in enumerate(zip(self.length / step, self.delay, strict=True)):
            value, low = np.empty(max(sizes[station], kept)), np.empty(max(sizes[station], kept))
            net, join = delay - prices, self._join[:0]
            kernels.potential(
                self.first, length, net, levels[station], points, step, value, low, join, history[station]
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
