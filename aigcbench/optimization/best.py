"""The best decisions so far."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aigcbench.solver import Incumbent


class Best:
    """Keeps the best decisions and tells the harness of each improvement.

    Parameters
    ----------
    fitness
        From a population (P x requests) to scores (P,), higher is better.
    incumbent
        Where improvements are reported.
    """

    def __init__(self, fitness: Callable[[np.ndarray], np.ndarray], incumbent: Incumbent) -> None:
        self._fitness, self._incumbent = fitness, incumbent
        self.decisions = np.empty(0, np.int64)
        self.score = -np.inf
        self.bound: float | None = None

    def tighten(self, bound: float | None) -> None:
        """Take note of an upper bound; the tightest counts."""
        if bound is not None and np.isfinite(bound):
            self.bound = bound if self.bound is None else min(self.bound, bound)

    def offer(self, decisions: np.ndarray, score: float | None = None) -> bool:
        """Keep and report ``decisions`` (int64, requests) if they are better; ``score`` where it is known."""
        if score is None:
            score = float(self._fitness(decisions[None])[0])
        if score <= self.score:
            return False
        self.decisions, self.score = decisions.copy(), score
        self._incumbent(self.decisions, self.bound)
        return True

    def report(self) -> None:
        """Report the best once more, with the bound as it stands now."""
        self._incumbent(self.decisions, self.bound)
