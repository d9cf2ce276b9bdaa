"""Flow scheduling by mixed-integer programming: PuLP, solved with HiGHS or CBC."""

from __future__ import annotations

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.deadline import Deadline
from aigcbench.solver import Decisions, Incumbent, Limits, Planner, parameter

WALL_SHARE = 0.95  # of the wall limit: what is left is for surprises


class FlowMilp(Planner):
    """Flows over gateways as a time-expanded integer program: small instances whole, else window after window from a price-guided plan."""

    name = "flow-milp"
    family = "exact"
    formulations = ("flow",)

    backend: str = parameter("highs", "solver behind PuLP", choices=("highs", "cbc"))

    def prepare(self) -> None:
        from aigcbench.problems.flow.window_search import warm_up

        warm_up(lambda model, deadline: self._solve(model, deadline, threads=1))

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        from aigcbench.problems.flow.window_search import window_search

        def solve(model, deadline):
            return self._solve(model, deadline, limits.threads)

        return window_search(instance, WALL_SHARE * limits.wall_seconds, rng, incumbent, solve)

    def _solve(self, model, deadline: Deadline, threads: int) -> np.ndarray | None:
        from aigcbench.optimization.milp import solve_integer

        return solve_integer(model.linear, self.backend, deadline, threads, model.start).values
