"""Flow scheduling by constraint programming with OR-Tools CP-SAT."""

from __future__ import annotations

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.deadline import Deadline
from aigcbench.solver import Decisions, Incumbent, Limits, Planner

WALL_SHARE = 0.95  # of the wall limit: what is left is for surprises


class FlowCpSat(Planner):
    """Flows over gateways as a time-expanded 0-1 program in CP-SAT: small instances whole, else window after window from a price-guided plan."""

    name = "flow-cp-sat"
    family = "exact"
    formulations = ("flow",)

    def prepare(self) -> None:
        from aigcbench.problems.flow.window_search import warm_up

        warm_up(lambda model, deadline: self._solve(model, deadline, threads=1, seed=0))

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        from aigcbench.problems.flow.window_search import window_search

        seed = int(rng.integers(2**31))

        def solve(model, deadline):
            return self._solve(model, deadline, limits.threads, seed)

        return window_search(instance, WALL_SHARE * limits.wall_seconds, rng, incumbent, solve)

    def _solve(self, model, deadline: Deadline, threads: int, seed: int) -> np.ndarray | None:
        from aigcbench.optimization.constraint import WholeObjective, constraint_model, solve_constraints

        constraints, variables = constraint_model(model.linear)
        flows = len(np.unique(model.options.flow))
        objective = WholeObjective(model.linear.objective, flows)
        return solve_constraints(constraints, variables, objective, deadline, threads, seed, model.start).values
