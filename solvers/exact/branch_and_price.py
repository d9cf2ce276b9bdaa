"""Branch and price (Barnhart et al., Operations Research 46, 1998) on the servers' temporal knapsacks."""

from __future__ import annotations

import math

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.deadline import Deadline
from aigcbench.solver import Decisions, Incumbent, Limits, Planner, parameter

WALL_SHARE = 0.97  # of the wall limit: what is left is for surprises
RUNS = 3  # of the annealing, each time that there is one
LEAST_SHARE = 0.02  # of a task that counts as running on a server when plans near a mix are searched
START, END = 0.07, 0.01  # temperatures of the annealing, in mean utilities of a task on its best server


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

        def search_near(shares: np.ndarray) -> np.ndarray:
            return self._annealed(program, planning.plan, np.log(shares + LEAST_SHARE), 1.0, deadline, rng)

        offer(planning.plan)
        worth = worth_at(program, planning.prices)
        offer(self._annealed(program, planning.plan, worth, START * _scale(program), deadline, rng))
        for upper in branch_and_price(program, planning.prices, deadline, offer, search_near):
            best.tighten(upper)
        best.report()
        return best.decisions

    def _annealed(self, program, plan, worth, spread, deadline, rng):
        """The best of some plans found by annealing in this planner's share of the time, each from ``plan``."""
        from aigcbench.optimization.annealing import Cooling, anneal
        from aigcbench.problems.assignment.annealing.search import PlanSearch

        scale = _scale(program)
        best, seconds = plan, self.annealing_share * deadline.left / RUNS
        for _ in range(RUNS):
            search = PlanSearch(program, plan, worth, bonus=0.0, spread=spread)
            anneal(search, Cooling(START * scale, END * scale, seconds, 0), rng, lambda _: None)
            best = max(best, search.best, key=program.utility_of)
        return best


def _scale(program):
    """Mean utility of a task on its best server."""
    return max(float(np.maximum(program.utility.max(axis=1), 0.0).mean()), 1e-12)
