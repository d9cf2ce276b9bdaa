"""Simulated annealing (Kirkpatrick, Gelatt, Vecchi, Science 1983) guided by capacity prices."""

from __future__ import annotations

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.deadline import Deadline
from aigcbench.solver import Decisions, Incumbent, Limits, Planner, parameter

WALL_SHARE = 0.97  # of the wall limit: what is left is for the last look at the decisions
ENTRIES_PER_SECOND = (
    300_000  # tasks x services for each second of the limit; beyond, not even prices would be done in time
)
SERVING_BONUS = 3.0  # mean utilities, where each task that is left out crashes a server


class Annealing(Planner):
    """Temporal generalised assignment by simulated annealing with ejections, from the plan that capacity prices lead to."""

    name = "annealing"
    family = "local-search"
    formulations = ("assignment",)
    reference = "Kirkpatrick, Gelatt, Vecchi, Optimization by simulated annealing, Science 1983"

    iterations: int = parameter(0, "moves to try; 0: until the time is over", minimum=0, maximum=10**12)
    start_temperature: float = parameter(
        0.09, "in mean utilities of a task on its best server", minimum=1e-6, maximum=1e3
    )
    end_temperature: float = parameter(0.0075, "in the same unit", minimum=1e-6, maximum=1e3)

    def prepare(self) -> None:
        from aigcbench.problems.assignment import planning  # noqa: F401
        from aigcbench.problems.assignment.annealing import search  # noqa: F401

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        from aigcbench.problems.assignment.annealing.search import Cooling, anneal, start_search
        from aigcbench.problems.assignment.greedy import worth_at
        from aigcbench.problems.assignment.planning import start_planning, starting_best
        from aigcbench.problems.assignment.program import entries_of

        deadline = Deadline(WALL_SHARE * limits.wall_seconds)
        best = starting_best(instance, incumbent)
        if entries_of(instance) > ENTRIES_PER_SECOND * limits.wall_seconds:
            return best.decisions
        planning = start_planning(instance, deadline, best)
        if planning is None:
            return best.decisions
        program = planning.program
        scale = float(np.maximum(program.utility.max(axis=1), 0.0).mean())
        if scale == 0.0:  # no task gains anything anywhere
            return best.decisions
        bonus = 0.0 if instance.parameters["reject_allowed"] else SERVING_BONUS * scale
        worth = worth_at(program, planning.prices)
        search = start_search(program, planning.plan, worth, bonus, self.start_temperature * scale)
        temperatures = self.start_temperature * scale, self.end_temperature * scale
        anneal(search, Cooling(*temperatures, deadline.left, self.iterations), rng, planning.offer)
        return best.decisions
