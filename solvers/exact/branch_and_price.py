"""Branch and price (Barnhart et al., Operations Research 46, 1998) on the servers' temporal knapsacks."""

from __future__ import annotations

import math

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.deadline import Deadline
from aigcbench.solver import Decisions, Incumbent, Limits, Planner, parameter

WALL_SHARE = 0.97  # of the wall limit: what is left is for surprises
START, END = 0.09, 0.0075  # temperatures of the annealing, in mean utilities of a task on its best server


class BranchAndPrice(Planner):
    """Anneals for a good plan, then proves how good it is: schedules of servers as columns, and a tree over where tasks run."""

    name = "branch-and-price"
    family = "exact"
    formulations = ("assignment",)
    reference = "Barnhart et al., Branch-and-price: column generation for solving huge integer programs, OR 1998"

    annealing_share: float = parameter(0.15, "of the time, for a plan to start from", minimum=0.0, maximum=1.0)

    def prepare(self) -> None:
        from aigcbench.problems.assignment.bound import warm_up
        from aigcbench.scenario import scenario_named

        warm_up()
        tiny = scenario_named("assignment/asp-tiny").instance(0, "train")
        self.plan(tiny, Limits(1.0), np.random.default_rng(0), lambda *_: None)

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        from aigcbench.problems.assignment.branching.tree import branch_and_price
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

        offer(planning.plan)
        offer(self._annealed(planning, deadline, rng))
        for upper in branch_and_price(program, planning.prices, deadline, offer):
            best.tighten(upper)
        best.report()
        return best.decisions

    def _annealed(self, planning, deadline, rng):
        """A plan found by annealing in this planner's share of the time."""
        from aigcbench.optimization.annealing import Cooling, anneal
        from aigcbench.problems.assignment.annealing.search import PlanSearch
        from aigcbench.problems.assignment.greedy import worth_at

        program = planning.program
        scale = max(float(np.maximum(program.utility.max(axis=1), 0.0).mean()), 1e-12)
        worth = worth_at(program, planning.prices)
        search = PlanSearch(program, planning.plan, worth, bonus=0.0, spread=START * scale)
        anneal(
            search, Cooling(START * scale, END * scale, self.annealing_share * deadline.left, 0), rng, lambda _: None
        )
        return search.best
