"""Good plans for branch and price to prune with, by annealing."""

from __future__ import annotations

import numpy as np

from aigcbench.optimization.annealing import Cooling, anneal
from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.assignment.annealing.search import PlanSearch
from aigcbench.problems.assignment.program import Program

RUNS = 3  # each time; the best counts
SECONDS_PER_ENTRY = 1e-3  # of a run, for each task and server, at most
LEAST_SHARE = 0.02  # of a task that counts as running on a server when plans near a mix are searched
START, END = 0.07, 0.01  # temperatures, in mean utilities of a task on its best server


class PlanFinder:
    """Anneals plans of a program.

    Parameters
    ----------
    share
        Of the time until the deadline that each call takes.
    """

    def __init__(self, program: Program, share: float, deadline: Deadline, rng: np.random.Generator) -> None:
        self._program, self._share, self._deadline, self._rng = program, share, deadline, rng
        self._scale = max(float(np.maximum(program.utility.max(axis=1), 0.0).mean()), 1e-12)

    def by_worth(self, plan: np.ndarray, worth: np.ndarray) -> np.ndarray:
        """The best plan found from ``plan`` (int64, tasks), which proposes servers by ``worth`` (float64, tasks x servers)."""
        return self._anneal(plan, worth, START * self._scale)

    def near(self, plan: np.ndarray, shares: np.ndarray) -> np.ndarray:
        """The best plan found from ``plan``, which proposes servers by how much of a task runs there (tasks x servers)."""
        return self._anneal(plan, np.log(shares + LEAST_SHARE), 1.0)

    def _anneal(self, plan: np.ndarray, worth: np.ndarray, spread: float) -> np.ndarray:
        seconds = min(self._share * self._deadline.left / RUNS, SECONDS_PER_ENTRY * self._program.utility.size)
        best = plan
        for _ in range(RUNS):
            search = PlanSearch(self._program, plan, worth, bonus=0.0, spread=spread)
            anneal(search, Cooling(START * self._scale, END * self._scale, seconds, 0), self._rng, lambda _: None)
            best = max(best, search.best, key=self._program.utility_of)
        return best
