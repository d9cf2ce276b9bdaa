"""The best mean delay of all decisions of a tiny instance."""

from __future__ import annotations

import math

from aigcbench.instance import Instance
from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.offloading.bound import EXACT_STEP, priced_bound
from aigcbench.problems.offloading.bounding.dual import TaskPrices, grid_points
from aigcbench.problems.offloading.bounding.pooled import suggested_prices
from aigcbench.problems.problem import Bound

MAXIMUM_DECISIONS = 10**7
PRICING_SECONDS = 60.0  # a limit for hopeless machines; takes milliseconds


def is_tiny(instance: Instance) -> bool:
    """Whether the decisions are few enough to go through them all, were it necessary: within seconds."""
    n_tasks, n_stations = len(instance["task_work"]), len(instance["station_capacity"])
    return n_tasks * math.log(max(n_stations, 2)) <= math.log(MAXIMUM_DECISIONS)


def exhaustive_bound(instance: Instance) -> Bound:
    """Branch and bound over the decisions of a tiny instance in their order, with prices to rule out most of them."""
    dual = TaskPrices(instance)
    _, prices = priced_bound(instance, dual, suggested_prices(instance), Deadline(PRICING_SECONDS))
    optimum = dual.optimum(prices, grid_points(instance, EXACT_STEP), nodes=2 * MAXIMUM_DECISIONS)
    assert optimum is not None, "a tree of this many leaves has no more nodes"
    return Bound(optimum, "branch-and-bound")
