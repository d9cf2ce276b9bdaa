"""Caching by global mixed-integer nonlinear programming: SCIP."""

from __future__ import annotations

import numpy as np

from aigcbench.errors import InputError
from aigcbench.instance import Instance
from aigcbench.optimization.deadline import Deadline
from aigcbench.solver import Decisions, Incumbent, Limits, Planner

WALL_SHARE = 0.8  # of the wall limit: SCIP looks at its clock seldom


class CachingMinlp(Planner):
    """Each frame as a nonlinear program for SCIP, with its bound on the cost; shares by the exact slot solver. Needs pyscipopt."""

    name = "caching-minlp"
    family = "exact"
    formulations = ("caching",)
    reference = "Bolusani et al., The SCIP Optimization Suite 9.0, 2024"

    def prepare(self) -> None:
        try:
            import pyscipopt  # noqa: F401
        except ImportError:
            raise InputError("caching-minlp", "pyscipopt is not installed", "pip install 'aigcbench[scip]'") from None
        from aigcbench.scenario import scenario_named

        tiny = scenario_named("caching/tiny").instance(0, "train")
        self.plan(tiny, Limits(wall_seconds=1.0), np.random.default_rng(0), lambda *_: None)

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        from aigcbench.problems.caching.frame_programs import plan_frames
        from aigcbench.problems.caching.nonlinear import solve_nonlinear

        def solve(terms, frame: int, storage: np.ndarray, capacity: float, start: np.ndarray, deadline: Deadline):
            return solve_nonlinear(terms, frame, storage, capacity, deadline)

        return plan_frames(instance, WALL_SHARE * limits.wall_seconds, incumbent, solve)
