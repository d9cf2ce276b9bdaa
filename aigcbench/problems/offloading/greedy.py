"""Greedy plans: what simple rules decide, task by task; where planners start from."""

from __future__ import annotations

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.offloading import model, simulator


def simple_plans(instance: Instance) -> list[np.ndarray]:
    """The plans of this module, each int64 (tasks,): a station for every task."""
    return [opt_ts_plan(instance), local_plan(instance)]


def local_plan(instance: Instance) -> np.ndarray:
    """Each task to the station at which it arrives, int64 (tasks,)."""
    return model.slots_and_stations(instance)[1]


def opt_ts_plan(instance: Instance) -> np.ndarray:
    """Each task to the station where it waits least after all earlier ones; ties to the lowest index (Opt-TS).

    Returns
    -------
    int64 (tasks,): a station.
    """
    layout = model.layout_of(instance)
    state = simulator.single_state(instance, layout.lengths["informed"])
    decisions = np.empty(len(instance["task_work"]), np.int64)
    simulator.place_greedily(state, layout["delay"].start, decisions)
    return decisions
