"""Branch and price (Barnhart et al., Operations Research 46, 1998) on the servers' temporal knapsacks."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.deadline import Deadline
from aigcbench.solver import Decisions, Incumbent, Limits, Planner, parameter

WALL_SHARE = 0.97  # of the wall limit: what is left is for surprises


class BranchAndPrice(Planner):
    """Anneals for a good plan, then proves how good it is: schedules of servers as columns, and a tree over where tasks run."""

    name = "branch-and-price"
    family = "exact"
    formulations = ("assignment",)
    reference = "Barnhart et al., Branch-and-price: column generation for solving huge integer programs, OR 1998"

    annealing_share: float = parameter(
        0.1, "of the time, for plans to start from, and again for plans near the root's mix", minimum=0.0, maximum=1.0
    )

    def prepare(self) -> None:
        from aigcbench.problems.assignment.bound import warm_up
        from aigcbench.scenario import scenario_named

        warm_up()
        tiny = scenario_named("assignment/asp-tiny").instance(0, "train")
        self.plan(tiny, Limits(1.0), np.random.default_rng(0), lambda *_: None)

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        from aigcbench.problems.assignment.branching.primal import PlanFinder
        from aigcbench.problems.assignment.branching.tree import branch_and_price
        from aigcbench.problems.assignment.greedy import worth_at
        from aigcbench.problems.assignment.planning import begin

        deadline = Deadline(WALL_SHARE * limits.wall_seconds)
        best, planning = begin(instance, incumbent, deadline, limits.wall_seconds)
        if planning is None:
            return best.decisions
        program, known = planning.program, -math.inf

        def offer(plan: np.ndarray) -> float:
            nonlocal known
            utility = program.utility_of(plan)
            if utility > known:
                known = utility
                planning.offer(plan)
            return known

        finder = PlanFinder(program, self.annealing_share, deadline, rng)
        offer(planning.plan)
        offer(finder.by_worth(planning.plan, worth_at(program, planning.prices)))
        near = partial(finder.near, planning.plan)
        for upper in branch_and_price(program, planning.prices, deadline, offer, near):
            best.tighten(upper)
        best.report()
        return best.decisions
