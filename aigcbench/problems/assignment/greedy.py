"""Greedy plans: what simple rules decide, task by task; where planners start from."""

from __future__ import annotations

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.assignment import kernels, simulator
from aigcbench.problems.assignment.program import Program
from aigcbench.problems.assignment.simulator import NONE


def prophet_plan(instance: Instance, reject: bool) -> np.ndarray:
    """Each task to the service of best utility among those whose server has room; ties to the lowest index.

    Parameters
    ----------
    reject
        What becomes of a task for which no server has room: True rejects it, False sends it to service 0 (D2SAC's prophet).

    Returns
    -------
    int64 (tasks,): a service or -1.
    """
    decisions = np.empty(len(instance["task_arrival"]), np.int64)
    kernels.prophet(simulator.single_state(instance, 0), NONE if reject else 0, decisions)
    return decisions


def simple_plans(instance: Instance) -> list[np.ndarray]:
    """The prophet's plan, and where rejection is allowed also the one that rejects instead of crashing."""
    choices = (False, True) if instance.parameters["reject_allowed"] else (False,)
    return [prophet_plan(instance, reject) for reject in choices]


def priced_plan(program: Program, prices: np.ndarray) -> np.ndarray:
    """Each task to the server of best utility less the price of its span, among those with room; left out where none pays.

    Parameters
    ----------
    prices
        float64 (sets, servers), utility per step.

    Returns
    -------
    int64 (tasks,): a server or -1; no server is ever overloaded.
    """
    worth = worth_at(program, prices)
    load = np.zeros((len(program.spans.sets), len(program.capacity)), np.int64)
    plan = np.full(len(program.steps), NONE, np.int64)
    kernels.fill(worth, program.steps, program.capacity, program.spans.start, program.spans.stop, load, plan)
    return plan


def worth_at(program: Program, prices: np.ndarray) -> np.ndarray:
    """Utility less cost at these prices, float64 (tasks, servers)."""
    prefix = np.concatenate([np.zeros((1, prices.shape[1])), np.cumsum(prices, axis=0)])
    spans = program.spans
    return program.utility - program.steps[:, None] * (prefix[spans.stop] - prefix[spans.start])
