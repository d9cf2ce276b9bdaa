"""Caching by constraint programming: OR-Tools CP-SAT."""

from __future__ import annotations

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.deadline import Deadline
from aigcbench.solver import Decisions, Incumbent, Limits, Planner

WALL_SHARE = 0.9  # of the wall limit: what is left is for surprises


class CachingCpSat(Planner):
    """Each frame as a choice of one mode per request, whose optimum bounds its cost; shares by the exact slot solver."""

    name = "caching-cp-sat"
    family = "exact"
    formulations = ("caching",)

    def prepare(self) -> None:
        from aigcbench.scenario import scenario_named

        tiny = scenario_named("caching/tiny").instance(0, "train")
        self.plan(tiny, Limits(), np.random.default_rng(0), lambda *_: None)

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        from aigcbench.optimization.constraint import WholeObjective, constraint_model, solve_constraints
        from aigcbench.problems.caching.frame_programs import plan_frames
        from aigcbench.problems.caching.modes import mode_model

        seed = int(rng.integers(2**31))

        def solve(terms, frame: int, storage: np.ndarray, capacity: float, start: np.ndarray, deadline: Deadline):
            program = mode_model(terms, frame, storage, capacity)
            model, variables = constraint_model(program.linear)
            for column, value in zip(program.cache.tolist(), start.tolist(), strict=True):
                model.add_hint(variables[column], value)
            objective = WholeObjective(program.linear.objective, terms.request[frame].size)
            solution = solve_constraints(model, variables, objective, deadline, limits.threads, seed)
            if solution.values is None:
                return None, -solution.bound
            return np.rint(solution.values[program.cache]).astype(np.int64), -solution.bound

        return plan_frames(instance, WALL_SHARE * limits.wall_seconds, incumbent, solve)
