"""The best weighted completion rate of all decision sequences of a small instance, by compiled depth-first search."""

from __future__ import annotations

import math

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.flow import kernels
from aigcbench.problems.flow.model import REJECT, n_actions, unit_gflops
from aigcbench.problems.flow.program import arrival_times
from aigcbench.problems.problem import Bound

MAXIMUM_SEQUENCES = 10**9  # most of which the search never visits: at worst a few seconds


def is_tiny(instance: Instance) -> bool:
    """Whether the sequences are few enough to search them all within seconds."""
    return len(instance["flow_slot"]) * math.log(n_actions(instance) + 1) <= math.log(MAXIMUM_SEQUENCES)


def exhaustive_bound(instance: Instance) -> Bound:
    """The optimum of a tiny instance."""
    return Bound(best_sequence(instance)[0], "exhaustive")


def best_sequence(instance: Instance) -> tuple[float, np.ndarray]:
    """The highest weighted completion rate of all decision sequences, and the actions (int64, flows) of one that has it."""
    actions = np.full(len(instance["flow_slot"]), REJECT)
    best = kernels.search(
        arrival_times(instance),
        instance["flow_rate"],
        instance["flow_deadline"],
        instance["flow_data"],
        instance["flow_work"],
        instance["flow_priority"],
        instance["gateway_capacity"],
        instance["level_rate"],
        instance["level_units"],
        int(instance.parameters["compute_units"]),
        unit_gflops(instance),
        float(instance.parameters["blocked_share"]),
        actions,
    )
    return int(best) / int(instance["flow_priority"].sum()), actions
