"""Proven upper bounds on the weighted completion rate: from unit prices of the linear relaxation, or one knapsack over all time."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.deadline import Deadline
from aigcbench.optimization.relaxation import solve_relaxation
from aigcbench.problems.flow.exhaustive import best_sequence
from aigcbench.problems.flow.linear import MARGIN, KnapsackModel, knapsack_model
from aigcbench.problems.flow.model import NAME
from aigcbench.problems.flow.program import Modes, arrival_times, modes_of
from aigcbench.problems.problem import Bound


def bound(instance: Instance, seconds: float) -> Bound:
    """The best upper bound on the weighted completion rate of any decisions that about ``seconds`` can prove.

    Whatever the method, the value is computed anew from its prices, so that it does not rest on convergence or tolerances.
    """
    deadline = Deadline(seconds)
    found = [knapsack_bound(instance, modes_of(instance))]
    if relaxation_seconds(instance) < deadline.left:
        found.append(relaxation_bound(instance, knapsack_model(instance), deadline.left))
    return min(found, key=lambda bound: bound.value)


@cache
def warm_up() -> None:
    """Load or compile what bounds need, on an instance of two flows."""
    arrays = {
        "gateway_capacity": np.array([8.0]),
        "level_rate": np.array([1.0]),
        "level_units": np.array([1]),
        "flow_slot": np.array([0, 1]),
        "flow_priority": np.array([1, 2]),
    }
    arrays |= {f"flow_{name}": np.array([2.0, 3.0]) for name in ("rate", "deadline", "data", "work")}
    scalars = {"slot_s": 1.0, "compute_tflops": 0.001, "compute_units": 1, "blocked_share": 0.1}
    instance = Instance(NAME, "custom", 0, "test", 0, scalars, arrays)
    best_sequence(instance)
    bound(instance, 10.0)


def relaxation_seconds(instance: Instance) -> float:
    """Rough time for the relaxation, some three times what it takes a core at 1000 to 20,000 flows (0.04 s to 2.4 s)."""
    return 0.15 * (len(instance["flow_slot"]) / 1000) ** 1.3


def relaxation_bound(instance: Instance, model: KnapsackModel, seconds: float) -> Bound:
    """The bound of the linear relaxation's dual prices; of no prices at all if HiGHS is not done in time."""
    relaxation = solve_relaxation(model.linear, seconds, threads=1)
    prices = np.zeros(len(model.instants)) if relaxation is None else model.prices(relaxation.reduced_profit)
    return Bound(share_of(model.bound(prices), instance), "temporal-knapsack-lp")


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
    return min(1.0, value * (1.0 + len(instance["flow_slot"]) * MARGIN) / int(instance["flow_priority"].sum()))
