"""Offloading plans as searches see them."""

from __future__ import annotations

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.offloading.model import slots_and_stations
from aigcbench.problems.offloading.search import kernels, moves

CHUNK = 5000  # moves between two looks at the clock, some milliseconds
MOVES_PER_TASK = 20  # in a chunk at most: the best plan is looked for after each chunk
SHIFTS = 5 * 10**6  # tasks of a slot times moves in a chunk, at most: to relocate one shifts others of its slot


class PlanSearch:
    """A plan that moves change for the better, or at random.

    Parameters
    ----------
    station
        int64 (tasks,), where to begin.
    swap_share
        Share of the random moves that exchange the stations of two tasks; the others send one elsewhere.
    swap_slots
        How far apart these two tasks may arrive, in mean slots.
    """

    def __init__(
        self, instance: Instance, station: np.ndarray, swap_share: float = 0.0, swap_slots: float = 0.0
    ) -> None:
        self._plan = empty_plan(instance)
        kernels.load(self._plan, station)
        self._swap_share = swap_share
        self._reach = max(1.0, swap_slots * len(station) / len(instance["slot_tasks"]))
        self.n_tasks, self.n_stations = len(station), len(instance["station_capacity"])
        largest_slot = int(instance["slot_tasks"].sum(axis=1).max())
        self.chunk = max(1, min(CHUNK, MOVES_PER_TASK * len(station), SHIFTS // largest_slot))
        self.best_score = -np.inf
        self.best = station
        self._keep()

    def typical_saving(self) -> float:
        """Mean over the tasks of how much less all would wait in total without it, s: the unit of temperatures."""
        return float(kernels.mean_saving(self._plan))

    def improve(self, tasks: np.ndarray) -> int:
        """Move each of ``tasks`` (int64) in turn to its best station; how many have moved."""
        moved: int = moves.improve_tasks(self._plan, tasks)
        self._keep()
        return moved

    def move(self, rng: np.random.Generator, temperature: float, n_moves: int) -> None:
        """See `Search.move`."""
        moves.anneal(self._plan, rng, temperature, self._swap_share, self._reach, n_moves)
        self._keep()

    def _keep(self) -> None:
        """Keep the plan if it is the best; scores are minus the total delay, s."""
        score = -float(self._plan.score[0])
        if score > self.best_score:
            self.best_score, self.best = score, self._plan.station.copy()


def empty_plan(instance: Instance) -> kernels.Plan:
    """Room for a plan, to be filled by `kernels.load`."""
    slots, stations = instance["slot_tasks"].shape
    slot, home = slots_and_stations(instance)
    n_tasks, capacity = len(slot), instance["station_capacity"]
    ints, floats = (lambda *shape: np.zeros(shape, np.int64)), (lambda *shape: np.zeros(shape))
    return kernels.Plan(
        capacity=capacity,
        rate=instance["station_rate"],
        served=capacity * float(instance.parameters["slot_s"]),
        data=instance["task_data"],
        work=instance["task_work"],
        result=instance["task_result"],
        home=home,
        slot=slot,
        slot_first=np.concatenate([[0], np.cumsum(instance["slot_tasks"].sum(axis=1))]),
        station=ints(n_tasks),
        members=ints(n_tasks),
        ahead=floats(n_tasks),
        first=ints(slots, stations + 1),
        tasks=ints(stations, slots),
        queue=floats(stations, slots + 1),
        spare=floats(stations, slots),
        score=floats(1),
    )
