"""Offloading by branch and bound with prices per task (Land and Doig, Econometrica 28, 1960)."""

from __future__ import annotations

import numpy as np

from aigcbench.instance import Instance
from aigcbench.solver import Decisions, Incumbent, Limits, Planner

WALL_SHARE = 0.9  # of the wall limit: what is left is for surprises


class OffloadingBranchAndBound(Planner):
    """Task after task in the order of service, bounded by each station's cost to go at prices per task; above 150 tasks an annealed plan."""

    name = "offloading-branch-and-bound"
    family = "exact"
    formulations = ("offloading",)
    reference = "Land and Doig, An automatic method of solving discrete programming problems, Econometrica 28, 1960"

    def prepare(self) -> None:
        from aigcbench.problems.offloading.search.starts import warm_up
        from aigcbench.problems.problem import problem_named

        problem_named("offloading").prepare_bound()
        self.plan(warm_up(), Limits(5.0), np.random.default_rng(0), lambda *_: None)

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        from aigcbench.problems.offloading.search.branching import branch_and_bound

        return branch_and_bound(instance, WALL_SHARE * limits.wall_seconds, rng, incumbent)
