"""Proven upper bounds on the weighted completion rate."""

from __future__ import annotations

import math

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.flow.program import Modes, arrival_times, modes_of
from aigcbench.problems.problem import Bound

MARGIN = 1e-9  # relative: far above the rounding of the sums here, far below any gap


def bound(instance: Instance, seconds: float) -> Bound:
    """The best upper bound on the weighted completion rate of any decisions that about ``seconds`` can prove."""
    return knapsack_bound(instance, modes_of(instance))


def warm_up() -> None:
    """Load or compile what bounds need."""


def knapsack_bound(instance: Instance, modes: Modes) -> Bound:
    """Most priority whose least unit-seconds fit into those that the server has between the first arrival and the last deadline."""
    time, priority = arrival_times(instance), instance["flow_priority"]
    size = np.full(len(priority), np.inf)
    np.minimum.at(size, modes.flow, modes.units * modes.hold)
    span = float((time + instance["flow_deadline"]).max() - time[0])
    value = fractional_knapsack(priority, size, span * int(instance.parameters["compute_units"]))
    return Bound(share_of(value, instance), "compute-knapsack")


def fractional_knapsack(worth: np.ndarray, size: np.ndarray, budget: float) -> float:
    """The most worth of items that fit, the last one in part; items of infinite size never do."""
    order = np.argsort(size / worth)
    order = order[np.isfinite(size[order])]
    filled = np.cumsum(size[order])
    whole = int(np.searchsorted(filled, budget, side="right"))
    value = math.fsum(worth[order[:whole]])
    if whole < len(order):
        left = budget - (filled[whole - 1] if whole else 0.0)
        value += float(worth[order[whole]]) * left / float(size[order[whole]])
    return value


def share_of(value: float, instance: Instance) -> float:
    """Priority as a share of all flows' priority, rounded upwards, at most 1."""
    return min(1.0, value * (1.0 + MARGIN) / int(instance["flow_priority"].sum()))
