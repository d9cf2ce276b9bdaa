"""The best decisions by branch and bound, where prices per task rule out nearly all others."""

from __future__ import annotations

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.offloading.bound import EXACT_STEP, EXACT_TASKS, NODES_PER_SECOND, priced_bound
from aigcbench.problems.offloading.bounding.dual import TaskPrices, grid_points
from aigcbench.problems.offloading.bounding.pooled import suggested_prices
from aigcbench.problems.offloading.search.exact import annealed
from aigcbench.solver import Decisions, Incumbent

PRICING_SHARE = 0.4  # of the time that is left after annealing


def branch_and_bound(instance: Instance, seconds: float, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
    """Plan within ``seconds``: an annealed plan and prices that bound it, then the best of all plans where tasks are few."""
    deadline = Deadline(seconds)
    best, affordable = annealed(instance, seconds, rng, incumbent)
    if not affordable or len(best.decisions) > EXACT_TASKS:
        return best.decisions
    dual = TaskPrices(instance)
    value, prices = priced_bound(instance, dual, suggested_prices(instance), Deadline(PRICING_SHARE * deadline.left))
    best.tighten(-value)
    plan = best.decisions.copy()
    nodes = int(NODES_PER_SECOND * deadline.left)
    optimum = dual.optimum(prices, grid_points(instance, EXACT_STEP), nodes, plan)
    best.offer(plan)
    best.tighten(None if optimum is None else -optimum)
    best.report()
    return best.decisions
