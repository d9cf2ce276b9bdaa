"""Caching by mixed-integer programming: PuLP, solved with HiGHS or CBC."""

from __future__ import annotations

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.deadline import Deadline
from aigcbench.solver import Decisions, Incumbent, Limits, Planner, parameter

WALL_SHARE = 0.9  # of the wall limit: what is left is for surprises


class CachingMilp(Planner):
    """Each frame as an integer program with a piecewise-linear upload time, which bounds its cost; shares by the exact slot solver."""

    name = "caching-milp"
    family = "exact"
    formulations = ("caching",)

    backend: str = parameter("highs", "solver behind PuLP", choices=("highs", "cbc"))

    def prepare(self) -> None:
        from aigcbench.scenario import scenario_named

        tiny = scenario_named("caching/tiny").instance(0, "train")
        self.plan(tiny, Limits(), np.random.default_rng(0), lambda *_: None)

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        from aigcbench.optimization.milp import solve_integer
        from aigcbench.problems.caching.frame_programs import plan_frames
        from aigcbench.problems.caching.linear import cache_model

        def solve(terms, frame: int, storage: np.ndarray, capacity: float, start: np.ndarray, deadline: Deadline):
            model = cache_model(terms, range(frame, frame + 1), storage, capacity)
            solution = solve_integer(model.linear, self.backend, deadline, limits.threads)
            if solution.values is None:
                return None, -solution.bound
            return np.rint(solution.values[model.cache[0]]).astype(np.int64), -solution.bound

        return plan_frames(instance, WALL_SHARE * limits.wall_seconds, incumbent, solve)
