"""Some slots of a plan as an integer program: how many tasks of each class go to each station, and what queue is left.

The tasks of a slot are classed by work and by place in the order of service. That tasks wait for one another is a product of two
unknowns; the number of tasks on a station is taken from the plan so far in one of them, and may change by a few only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aigcbench.optimization.linear import LinearProgram, LinearProgramBuilder
from aigcbench.problems.offloading.search.kernels import Plan

SIZES, PARTS = 10, 2  # classes of a slot: by work, and by place in the order of service


@dataclass(frozen=True, eq=False)
class Window:
    """The program of some slots.

    Parameters
    ----------
    linear
        Its maximum is minus the total delay that the window causes, roughly, s.
    classes
        The tasks of each class, int64.
    sent
        int64 (classes, stations): columns, how many tasks of a class go to a station.
    home
        int64 (all tasks,): station at which each task arrives.
    """

    linear: LinearProgram
    classes: list[np.ndarray]
    sent: np.ndarray
    home: np.ndarray

    def apply(self, values: np.ndarray, station: np.ndarray) -> np.ndarray:
        """The plan ``station`` (int64, tasks) with the window's tasks as the columns' values say; at home where there is a choice."""
        station = station.copy()
        for tasks, columns in zip(self.classes, self.sent, strict=True):
            left = np.rint(values[columns]).astype(np.int64)
            elsewhere = []
            for task in tasks.tolist():
                if left[self.home[task]] > 0:
                    station[task] = self.home[task]
                    left[station[task]] -= 1
                else:
                    elsewhere.append(task)
            station[elsewhere] = np.repeat(np.arange(len(left)), left)
        return station


def window_program(plan: Plan, first: int, after: int, change: float) -> Window:
    """The slots ``first .. after - 1`` of a loaded plan.

    Parameters
    ----------
    change
        By how much the number of tasks of a slot on a station may change, as a share of what it is, and by one at least.
    """
    n_stations = len(plan.capacity)
    builder, classes, sent = LinearProgramBuilder(), [], []
    level = np.empty(0, np.int64)
    for t in range(first, after):
        tasks, held = slot_classes(plan, t), plan.tasks[:, t]
        place = np.array([np.mean(group) for group in tasks]) - plan.slot_first[t]
        later = 1.0 - (place + 0.5) / (plan.slot_first[t + 1] - plan.slot_first[t])
        work, data, result = (
            np.array([x[group].mean() for group in tasks]) for x in (plan.work, plan.data, plan.result)
        )
        delay = work[:, None] * (1.0 + later[:, None] * held) / plan.capacity + (data + result)[:, None] / plan.rate
        if t == first:
            delay += plan.queue[:, t] / plan.capacity
        sizes = np.array([len(group) for group in tasks], np.float64)
        columns = builder.add_columns(delay.size, -delay.ravel(), np.repeat(sizes, n_stations), integer=True)
        columns = columns.reshape(delay.shape)
        once = builder.add_rows(len(tasks), sizes, sizes)
        builder.add_entries(once[:, None], columns, 1.0)
        most = np.maximum(1.0, np.floor(change * held))
        number = builder.add_rows(n_stations, np.maximum(held - most, 0.0), held + most)
        builder.add_entries(number, columns, 1.0)
        earlier, next_held = level, plan.tasks[:, t + 1] if t + 1 < after else np.zeros(n_stations)
        level = builder.add_columns(n_stations, -next_held / plan.capacity, np.inf, integer=False)
        there = plan.queue[:, t] if t == first else np.zeros(n_stations)
        queue = builder.add_rows(n_stations, there - plan.served, np.inf)
        builder.add_entries(queue, level, 1.0)
        builder.add_entries(np.broadcast_to(queue, columns.shape), columns, np.repeat(-work, n_stations))
        if t > first:
            builder.add_entries(queue, earlier, -1.0)
        classes += tasks
        sent.append(columns)
    _add_terminal_cost(builder, plan, after, level)
    return Window(builder.build(), classes, np.concatenate(sent), plan.home)


def slot_classes(plan: Plan, t: int) -> list[np.ndarray]:
    """The tasks of a slot, by work and then by place, in classes of nearly equal size."""
    tasks = np.arange(plan.slot_first[t], plan.slot_first[t + 1])
    by_work = np.array_split(tasks[np.argsort(plan.work[tasks], kind="stable")], SIZES)
    parts = [part for group in by_work for part in np.array_split(np.sort(group), PARTS)]
    return [part for part in parts if len(part) > 0]


def queue_prices(plan: Plan, station: int, slot: int) -> tuple[np.ndarray, np.ndarray]:
    """What a queue at the start of a slot costs on a station, as the plan goes on: longer queues last for more slots.

    Returns
    -------
    Widths (Gcycles, the last one infinite) of the pieces of a convex cost, and their slopes (s per Gcycle).
    """
    held = plan.tasks[station, slot:]
    last = plan.first[slot:, station + 1] - 1
    placed = np.where(held > 0, plan.ahead[last] + plan.work[plan.members[last]], 0.0)
    emptied = np.maximum.accumulate(np.cumsum(plan.served[station] - placed))  # a queue up to here is gone then
    ends = np.concatenate([[0.0], np.maximum(emptied[:-1], 0.0)])
    return np.diff(ends, append=np.inf), np.cumsum(held) / plan.capacity[station]


def _add_terminal_cost(builder: LinearProgramBuilder, plan: Plan, slot: int, level: np.ndarray) -> None:
    """Charge the queues that the window leaves."""
    if slot == plan.tasks.shape[1]:
        return
    for station, column in enumerate(level.tolist()):
        widths, slopes = queue_prices(plan, station, slot)
        pieces = builder.add_columns(
            int((widths > 0.0).sum()), -slopes[widths > 0.0], widths[widths > 0.0], integer=False
        )
        builder.add_row([(column, -1.0), *((piece, 1.0) for piece in pieces.tolist())], 0.0, np.inf)
