"""Proven lower bounds on the mean delay: the pooled machine, prices per task, branch and bound where tasks are few."""

from __future__ import annotations

import time
from functools import cache

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.offloading.bounding.ascent import FIRST_AMBITION, LEAST_AMBITION, ascend
from aigcbench.problems.offloading.bounding.dual import TaskPrices, grid_points
from aigcbench.problems.offloading.bounding.pooled import pooled_bound, suggested_prices
from aigcbench.problems.offloading.model import NAME
from aigcbench.problems.problem import Bound

MAXIMUM_ENTRIES = 10**7  # tasks x stations that prices are sought for (about 400 MB)
SECONDS_PER_LEVEL = 1e-9  # of one evaluation, per task, station and grid level
LEAST_STEPS = 5  # of a stage; with time for fewer it is left out
LEAST_EVALUATIONS = 20  # fewer do not lead beyond the pooled machine
STAGES = (
    (1.0, 0.01, 0.5),
    (0.5, 5 * LEAST_AMBITION, 0.9),
    (0.125, LEAST_AMBITION, 0.95),
    (0.03, LEAST_AMBITION, 0.97),
)
"""Grid step over the mean time of a task, ambition at which the next stage begins, and share of the time until then."""
RENEWED_AMBITION = 0.02  # at the start of a stage, at least
FINAL_STEPS = (0.01, 0.03, 0.125, 0.25)  # grid steps of the last evaluation, the finest that there is time for
EXACT_TASKS = 150  # up to which branch and bound is tried
EXACT_STEP = 0.125
NODES_PER_SECOND = 10**6


def bound(instance: Instance, seconds: float) -> Bound:
    """The best lower bound on the mean delay of any decisions that about ``seconds`` can prove."""
    deadline = Deadline(seconds)
    best = Bound(pooled_bound(instance), "pooled")
    if instance["task_work"].size * instance["station_capacity"].size > MAXIMUM_ENTRIES:
        return best
    dual, prices = TaskPrices(instance), suggested_prices(instance)
    coarsest = grid_points(instance, STAGES[0][0])
    if LEAST_EVALUATIONS * SECONDS_PER_LEVEL * dual.cells(prices, coarsest) > deadline.left:
        return best
    value, prices = priced_bound(instance, dual, prices, deadline)
    best = max(best, Bound(value, "task-prices"), key=lambda one: one.value)
    if dual.n_tasks <= EXACT_TASKS:
        nodes = int(NODES_PER_SECOND * deadline.left)
        optimum = dual.optimum(prices, grid_points(instance, EXACT_STEP), nodes)
        if optimum is not None:
            return Bound(optimum, "branch-and-bound")
    return best


def priced_bound(
    instance: Instance, dual: TaskPrices, prices: np.ndarray, deadline: Deadline
) -> tuple[float, np.ndarray]:
    """Raise the bound by better prices, on ever finer grids; the bound, and the prices (float64, tasks) that prove it.

    Where not even the coarsest grid fits memory and time the bound is -inf, and the prices are those given.
    """
    seconds, best, ambition = deadline.left, -np.inf, FIRST_AMBITION
    pace = SECONDS_PER_LEVEL * dual.cells(prices, 1)  # s per evaluation and grid point in a slot
    for step, enough, share in STAGES:
        points = grid_points(instance, step)
        if LEAST_STEPS * pace * points > deadline.left or not dual.fits(prices, points):
            break
        stage_best, stage_prices, start, count = -np.inf, prices, time.monotonic(), 0
        steps = ascend(dual, prices, points, ambition)
        for value, tried, ambition in steps:
            count += 1
            if value > stage_best:
                stage_best, stage_prices = value, tried
            if ambition < enough or deadline.left < (1.0 - share) * seconds:
                break
        pace = (time.monotonic() - start) / (count * points)
        best, prices, ambition = max(best, stage_best), stage_prices, max(ambition, RENEWED_AMBITION)
    for step in FINAL_STEPS:
        points = grid_points(instance, step)
        if pace * points < deadline.left and dual.fits(prices, points, counted=False):
            return max(best, dual.lower(prices, points)), prices
    return best, prices


@cache
def warm_up() -> None:
    """Load or compile what bounds need, on an instance of two tasks."""
    arrays = {
        "station_capacity": np.array([1.0, 2.0]),
        "station_rate": np.array([10.0, 10.0]),
        "slot_tasks": np.array([[1, 0], [1, 0]]),
        "task_data": np.ones(2),
        "task_work": np.array([2.0, 3.0]),
        "task_result": np.ones(2),
    }
    bound(Instance(NAME, "custom", 0, "test", 0, {"slot_s": 1.0}, arrays), 60.0)
