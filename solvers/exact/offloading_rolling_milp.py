"""Offloading by rolling-horizon mixed-integer programming: PuLP, solved with HiGHS or CBC."""

from __future__ import annotations

import numpy as np

from aigcbench.instance import Instance
from aigcbench.solver import Decisions, Incumbent, Limits, Planner, parameter

WALL_SHARE = 0.95  # of the wall limit: what is left is for surprises


class OffloadingRollingMilp(Planner):
    """Window after window of slots as an integer program over classes of tasks, with what the queue left costs later; from the best plan of simple rules."""

    name = "offloading-rolling-milp"
    family = "exact"
    formulations = ("offloading",)

    backend: str = parameter("highs", "solver behind PuLP", choices=("highs", "cbc"))
    window: int = parameter(1, "slots that are optimised at once", minimum=1, maximum=1000)

    def prepare(self) -> None:
        from aigcbench.problems.offloading.search.starts import warm_up

        self.plan(warm_up(), Limits(10.0), np.random.default_rng(0), lambda *_: None)

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        from aigcbench.optimization.milp import solve_integer
        from aigcbench.problems.offloading.search.rolling import roll

        def solve(program, deadline):
            return solve_integer(program, self.backend, deadline, limits.threads).values

        return roll(instance, WALL_SHARE * limits.wall_seconds, incumbent, self.window, solve)
