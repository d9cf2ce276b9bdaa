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
    """Simulate every decision sequence of a tiny instance."""
    actions, n_tasks = _actions(instance), len(instance["task_arrival"])
    utilities = fitness(instance)
    place = len(actions) ** np.arange(n_tasks)
    best = -math.inf
    for first in range(0, len(actions) ** n_tasks, BLOCK):
        numbers = np.arange(first, min(first + BLOCK, len(actions) ** n_tasks))
        best = max(best, float(utilities(actions[numbers[:, None] // place % len(actions)]).max()))
    return Bound(upwards(best), "exhaustive")


def _actions(instance: Instance) -> np.ndarray:
    """The legal services of a task (int64), rejection first where it is allowed."""
    return np.arange(-1 if instance.parameters["reject_allowed"] else 0, len(instance["service_server"]))
