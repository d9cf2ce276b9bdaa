"""Offloading by constraint programming with OR-Tools CP-SAT."""

from __future__ import annotations

import numpy as np

from aigcbench.instance import Instance
from aigcbench.solver import Decisions, Incumbent, Limits, Planner, parameter

WALL_SHARE = 0.95  # of the wall limit: what is left is for surprises


class OffloadingCpSat(Planner):
    """Offloading in whole ticks of time by CP-SAT, for small instances; from an annealed plan, which stands where there are too many tasks."""

    name = "offloading-cp-sat"
    family = "exact"
    formulations = ("offloading",)

    bound_share: float = parameter(
        0.2, "of the time, for a bound that may prove the plan first; 0: none", minimum=0.0, maximum=1.0
    )

    def prepare(self) -> None:
        from ortools.sat.python import cp_model  # noqa: F401

        from aigcbench.problems.offloading.search.starts import warm_up
        from aigcbench.problems.problem import problem_named

        problem_named("offloading").prepare_bound()
        self.plan(warm_up(), Limits(10.0), np.random.default_rng(0), lambda *_: None)

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        from aigcbench.optimization.constraint import solve_constraints
        from aigcbench.problems.offloading.linear import offloading_model
        from aigcbench.problems.offloading.search.exact import plan_exactly
        from aigcbench.problems.offloading.search.whole_numbers import TickModel

        n_tasks, n_stations = len(instance["task_work"]), len(instance["station_capacity"])
        seed = int(rng.integers(2**31))

        def plan_in(values):
            return values[: n_tasks * n_stations].reshape(n_tasks, n_stations).argmax(axis=1)

        def solve(plan, deadline, improved):
            ticks = TickModel(instance, offloading_model(instance))
            model, columns = ticks.model()
            start = ticks.start(plan)
            return solve_constraints(model, columns, ticks, deadline, limits.threads, seed, start, improved)

        seconds = WALL_SHARE * limits.wall_seconds
        return plan_exactly(instance, seconds, rng, incumbent, self.bound_share, solve, plan_in)
