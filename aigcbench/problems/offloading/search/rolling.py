"""Rolling horizon: the slots of a plan in windows, one after the other, each by an integer program."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.deadline import Deadline
from aigcbench.optimization.linear import LinearProgram
from aigcbench.problems.offloading.search import kernels
from aigcbench.problems.offloading.search.plan import empty_plan
from aigcbench.problems.offloading.search.starts import begin
from aigcbench.problems.offloading.search.windows import window_program
from aigcbench.solver import Decisions, Incumbent

WINDOW_SECONDS, PASSES = 2.0, 2  # at most for a window, and so little that this many passes over all slots are possible
LEAST_SECONDS = 0.3  # of a window: less is not enough for any
FIRST_CHANGE, LEAST_CHANGE = 0.5, 0.02  # of how many tasks a station gets in a slot

Solve = Callable[[LinearProgram, Deadline], np.ndarray | None]
"""From a window's program and the time for it to column values, or None where none were found."""


def roll(instance: Instance, seconds: float, incumbent: Incumbent, slots: int, solve: Solve) -> Decisions:
    """Optimise windows of ``slots`` slots in turn, again and again, until ``seconds`` are over or nothing gains any more.

    A window's decisions are kept where the whole plan is better for them. After a pass without gain less may change in the next.
    """
    deadline = Deadline(seconds)
    best, affordable = begin(instance, seconds, incumbent)
    if not affordable:
        return best.decisions
    plan, n_slots, change = empty_plan(instance), len(instance["slot_tasks"]), FIRST_CHANGE
    kernels.load(plan, best.decisions)
    starts = range(0, n_slots, max(1, slots // 2))
    window_seconds = min(WINDOW_SECONDS, max(LEAST_SECONDS, seconds / (PASSES * len(starts))))
    while change >= LEAST_CHANGE:
        gained = False
        for first in starts:
            if deadline.passed:
                return best.decisions
            after = min(first + slots, n_slots)
            if plan.tasks[:, first:after].sum() == 0:
                continue
            window = window_program(plan, first, after, change)
            values = solve(window.linear, Deadline(min(window_seconds, deadline.left)))
            if values is not None and best.offer(window.apply(values, best.decisions)):
                kernels.load(plan, best.decisions)
                gained = True
        if not gained:
            change /= 2.0
    return best.decisions
