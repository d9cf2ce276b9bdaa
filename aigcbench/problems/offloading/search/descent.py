"""Descent: each task in turn to the station that is best for all tasks, until no move is left that improves."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.offloading.search.plan import PlanSearch


def descend(
    search: PlanSearch,
    rng: np.random.Generator,
    deadline: Deadline,
    sweeps: int,
    improved: Callable[[np.ndarray], object],
) -> None:
    """Go through all tasks in random order again and again, while any of them moves.

    Parameters
    ----------
    sweeps
        Times to go through them at most; 0: any number.
    improved
        Gets the plan after every sweep that changed it.
    """
    at_once = max(1, search.chunk // search.n_stations)
    for sweep in itertools.count(1):
        tasks, moved = rng.permutation(search.n_tasks), 0
        for first in range(0, len(tasks), at_once):
            if deadline.passed:
                break
            moved += search.improve(tasks[first : first + at_once])
        if moved == 0:
            return
        improved(search.best)
        if deadline.passed or sweep == sweeps:
            return
