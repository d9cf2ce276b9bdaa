"""Local search on whole populations of plans: what makes a genetic algorithm memetic (Moscato, 1989)."""
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, disallow-untyped-decorators=False

from __future__ import annotations

import numpy as np

from aigcbench.problems.assignment.annealing import kernels
from aigcbench.problems.assignment.annealing.search import PlanSearch
from aigcbench.problems.assignment.simulator import NONE, kernel


def improve_plans(
    search: PlanSearch, plans: np.ndarray, moves: int, temperature: float, rng: np.random.Generator
) -> None:
    """Make each plan legal, and better by random moves at one temperature.

    Parameters
    ----------
    search
        Whose tasks and servers they are; its own plan is lost.
    plans
        int64 (P, tasks), server of each task or -1, changed in place. Tasks that find no room in order of arrival are left out
        before the moves begin.
    moves
        Moves to try on each plan.
    """
    _improve_plans(search.state, rng, plans, moves, temperature)


@kernel
def _improve_plans(s, rng, plans, moves, temperature):
    for p in range(len(plans)):
        s.load[:] = 0
        s.plan[:] = NONE
        s.score[0] = 0.0
        for j in range(len(s.plan)):
            e = plans[p, j]
            if e == NONE or not s.value[j, e] > 0.0:
                continue
            if kernels.peak(s.load, e, s.start[j], s.stop[j]) + s.steps[j] <= s.capacity[e]:
                kernels.move(s, j, e)
                s.score[0] += s.value[j, e]
        s.score[1] = s.score[0]
        kernels.keep_plan(s)
        kernels.anneal(s, rng, temperature, moves)
        for j in range(len(s.plan)):
            plans[p, j] = s.best_plan[j]
