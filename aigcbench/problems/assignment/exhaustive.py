"""The best utility of all decision sequences of a tiny instance: the one tight bound where tasks must crash servers."""

from __future__ import annotations

import math

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.assignment.prices import upwards
from aigcbench.problems.assignment.simulator import fitness
from aigcbench.problems.problem import Bound

MAXIMUM_SEQUENCES = 10**6
BLOCK = 2**16  # sequences that are simulated at once


def is_tiny(instance: Instance) -> bool:
    """Whether the sequences are few enough to try them all: within seconds."""
    n_tasks = len(instance["task_arrival"])
    return n_tasks * math.log(max(len(_actions(instance)), 2)) <= math.log(MAXIMUM_SEQUENCES)


def exhaustive_bound(instance: Instance) -> Bound:
    """Simulate every decision sequence of a tiny instance.

    The simulator adds what a task gains and takes it off again if a crash loses it, so that its rounding grows with the gains that come
    and go; the bound has room for that, even where next to nothing is left of them in the end.
    """
    actions, n_tasks = _actions(instance), len(instance["task_arrival"])
    utilities = fitness(instance)
    place = len(actions) ** np.arange(n_tasks)
    best = -math.inf
    for first in range(0, len(actions) ** n_tasks, BLOCK):
        numbers = np.arange(first, min(first + BLOCK, len(actions) ** n_tasks))
        best = max(best, float(utilities(actions[numbers[:, None] // place % len(actions)]).max()))
    return Bound(upwards(best + _rounding(instance)), "exhaustive")


def _rounding(instance: Instance) -> float:
    """By how much a simulated utility may be off at most: each task's gain is computed, added once, and taken off at most once."""
    low, high = instance["utility_line"][:, 1], instance["utility_line"][:, 3]
    quality = float(instance.parameters["quality_weight"]) * np.abs(instance["type_quality"]).max(axis=1, initial=0.0)
    n_tasks = len(instance["task_arrival"])
    most = n_tasks * float((quality + np.abs(low) + np.abs(high)).max())
    return (2 * n_tasks + 8) * float(np.finfo(np.float64).eps) * most


def _actions(instance: Instance) -> np.ndarray:
    """The legal services of a task (int64), rejection first where it is allowed."""
    return np.arange(-1 if instance.parameters["reject_allowed"] else 0, len(instance["service_server"]))
