"""Descent of offloading plans: one task at a time to the station that is best for all."""

from __future__ import annotations

import numpy as np

from aigcbench.instance import Instance
from aigcbench.solver import Decisions, Incumbent, Limits, Planner, parameter

WALL_SHARE = 0.95  # of the wall limit: what is left is for the last plan to be rated


class OffloadingDescent(Planner):
    """Sends one task after another where the delay of all is least, until none moves; from the best plan of simple rules."""

    name = "offloading-descent"
    family = "local-search"
    formulations = ("offloading",)

    iterations: int = parameter(0, "times to go through all tasks; 0: until none moves", minimum=0, maximum=10**9)

    def prepare(self) -> None:
        from aigcbench.problems.offloading.search.starts import warm_up

        warm_up()

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        from aigcbench.optimization.deadline import Deadline
        from aigcbench.problems.offloading.search.descent import descend
        from aigcbench.problems.offloading.search.plan import PlanSearch
        from aigcbench.problems.offloading.search.starts import begin

        deadline = Deadline(WALL_SHARE * limits.wall_seconds)
        best, affordable = begin(instance, limits.wall_seconds, incumbent)
        if affordable:
            descend(PlanSearch(instance, best.decisions), rng, deadline, self.iterations, best.offer)
        return best.decisions
