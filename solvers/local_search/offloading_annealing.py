"""Simulated annealing (Kirkpatrick, Gelatt, Vecchi, Science 1983) of offloading plans."""

from __future__ import annotations

import math

import numpy as np

from aigcbench.instance import Instance
from aigcbench.solver import Decisions, Incumbent, Limits, Planner, parameter

WALL_SHARE = 0.95  # of the wall limit: what is left is for the last plan to be rated
SKETCH_SHARE = 0.1  # of the search, spent on a first quick one, so that there is something good early


class OffloadingAnnealing(Planner):
    """Anneals plans by exact differences: one task elsewhere or two exchanged, from the best plan of simple rules; few tasks again and again."""

    name = "offloading-annealing"
    family = "local-search"
    formulations = ("offloading",)
    reference = "Kirkpatrick, Gelatt, Vecchi, Optimization by simulated annealing, Science 1983"

    iterations: int = parameter(0, "moves to try; 0: until the time is over", minimum=0, maximum=10**12)
    start_temperature: float = parameter(
        0.1, "in mean seconds that all tasks would save without one of them", minimum=1e-9, maximum=1e3
    )
    end_temperature: float = parameter(0.001, "in the same unit", minimum=1e-9, maximum=1e3)
    swap_share: float = parameter(0.8, "of the moves that exchange two tasks", minimum=0.0, maximum=1.0)
    swap_slots: float = parameter(0.3, "how far apart these two may arrive, in slots", minimum=0.0, maximum=1e9)

    def prepare(self) -> None:
        from aigcbench.problems.offloading.search.starts import warm_up

        warm_up()

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        from aigcbench.optimization.annealing import Cooling, anneal
        from aigcbench.optimization.deadline import Deadline
        from aigcbench.problems.offloading.search.descent import descend
        from aigcbench.problems.offloading.search.plan import PlanSearch
        from aigcbench.problems.offloading.search.restarts import FEW_TASKS, anneal_again
        from aigcbench.problems.offloading.search.starts import begin

        deadline = Deadline(WALL_SHARE * limits.wall_seconds)
        best, affordable = begin(instance, limits.wall_seconds, incumbent)
        if not affordable:
            return best.decisions
        if len(best.decisions) <= FEW_TASKS:
            anneal_again(instance, best, rng, deadline, self.iterations or math.inf)
            return best.decisions
        for share in (SKETCH_SHARE, 1.0):
            search = PlanSearch(instance, best.decisions, self.swap_share, self.swap_slots)
            unit = max(search.typical_saving(), 1e-300)
            cooling = Cooling(
                self.start_temperature * unit,
                self.end_temperature * unit,
                share * deadline.left,
                math.ceil(share * self.iterations),
            )
            anneal(search, cooling, rng, best.offer)
            settled = PlanSearch(instance, search.best)
            descend(settled, rng, deadline, sweeps=0, improved=best.offer)
        return best.decisions
