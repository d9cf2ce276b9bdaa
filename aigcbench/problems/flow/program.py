"""A relaxation of flow scheduling in arrays: modes that hold compute units over fixed spans of time.

Mode m lets flow i run at level k as if nothing else were on the widest gateway: it holds ``level_units[k]`` units from its arrival
for ``D / min(level_rate[k] * q, max R_g) + work / c_k``. In any run a completed flow of level k holds these units at least as
long, because its rate is no higher and its wait no shorter than nothing, and a flow that is completed has a mode that meets its
deadline. Hence the completed flows of every run, each in the mode of its level, satisfy: each flow in at most one mode, and at
every instant the units held by the modes are no more than the server has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.flow.model import unit_gflops

ROUNDING = 1e-9  # relative: what delays may lose to rounding before a mode counts as longer or as too late


@dataclass(frozen=True, eq=False)
class Modes:
    """The modes of an instance that meet their deadline, by flow.

    Parameters
    ----------
    flow, level
        int64 (modes,), flows non-decreasing.
    units
        int64 (modes,): compute units that the mode holds.
    start, hold
        float64 (modes,), s: arrival, and the least time for which it holds them.
    """

    flow: np.ndarray
    level: np.ndarray
    units: np.ndarray
    start: np.ndarray
    hold: np.ndarray


def arrival_times(instance: Instance) -> np.ndarray:
    """When each flow arrives, s (float64, flows)."""
    return instance["flow_slot"] * float(instance.parameters["slot_s"])


def modes_of(instance: Instance) -> Modes:
    """Find the modes of an instance."""
    rate = np.minimum(instance["level_rate"] * instance["flow_rate"][:, None], instance["gateway_capacity"].max())
    speed = instance["level_units"] * unit_gflops(instance)
    hold = (instance["flow_data"][:, None] / rate + instance["flow_work"][:, None] / speed) * (1.0 - ROUNDING)
    possible = (hold <= instance["flow_deadline"][:, None]) & (
        instance["level_units"] <= instance.parameters["compute_units"]
    )
    flow, level = np.nonzero(possible)
    return Modes(flow, level, instance["level_units"][level], arrival_times(instance)[flow], hold[flow, level])
