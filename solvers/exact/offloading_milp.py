"""Offloading by mixed-integer programming: PuLP, solved with HiGHS or CBC."""

from __future__ import annotations

import numpy as np

from aigcbench.instance import Instance
from aigcbench.solver import Decisions, Incumbent, Limits, Planner, parameter

WALL_SHARE = 0.95  # of the wall limit: what is left is for surprises


class OffloadingMilp(Planner):
    """Offloading with linearised queues as an integer program, for small instances; from an annealed plan, which stands where there are too many tasks."""

    name = "offloading-milp"
    family = "exact"
    formulations = ("offloading",)

    backend: str = parameter("highs", "solver behind PuLP", choices=("highs", "cbc"))
    bound_share: float = parameter(
        0.2, "of the time, for a bound that may prove the plan first; 0: none", minimum=0.0, maximum=1.0
    )

    def prepare(self) -> None:
        import highspy  # noqa: F401
        import pulp  # noqa: F401

        from aigcbench.problems.offloading.search.starts import warm_up
        from aigcbench.problems.problem import problem_named

        problem_named("offloading").prepare_bound()
        self.plan(warm_up(), Limits(10.0), np.random.default_rng(0), lambda *_: None)

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        from aigcbench.optimization.milp import solve_integer
        from aigcbench.problems.offloading.linear import offloading_model
        from aigcbench.problems.offloading.search.exact import plan_exactly, waits_of

        n_tasks, n_stations = len(instance["task_work"]), len(instance["station_capacity"])

        def plan_in(values):
            return values[: n_tasks * n_stations].reshape(n_tasks, n_stations).argmax(axis=1)

        def solve(plan, deadline, improved):
            model = offloading_model(instance)
            start = np.zeros(len(model.linear.objective))
            chosen, level = (np.arange(n_tasks), plan), waits_of(instance, plan)
            start[model.level] = level
            start[model.served[chosen]] = 1.0
            start[model.wait[chosen]] = level[chosen]
            return solve_integer(model.linear, self.backend, deadline, limits.threads, start, improved)

        seconds = WALL_SHARE * limits.wall_seconds
        return plan_exactly(instance, seconds, rng, incumbent, self.bound_share, solve, plan_in)
