"""Simulated annealing (Kirkpatrick, Gelatt, Vecchi, Science 1983): how any search is cooled."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from aigcbench.optimization.deadline import Deadline

LEVELS = 200  # temperatures; within one, nothing depends on the clock
REPORT_EVERY = 64  # chunks


@dataclass(frozen=True)
class Cooling:
    """A geometric fall of the temperature, and when it ends.

    Parameters
    ----------
    start, end
        Temperatures, in the unit of the score.
    seconds
        Wall time, at most.
    moves
        Moves to try; 0: as many as there is time for. The search is repeatable if they, not the time, end it.
    """

    start: float
    end: float
    seconds: float
    moves: int

    def temperature(self, progress: float) -> float:
        """Temperature when a share ``progress`` in 0..1 of the search is over."""
        return self.start * (self.end / self.start) ** (int(progress * LEVELS) / LEVELS)


class Search(Protocol):
    """A state that moves change at random, and the best that it has been."""

    chunk: int
    """Moves between two looks at the clock."""

    @property
    def best_score(self) -> float:
        """Value of the best state."""

    @property
    def best(self) -> np.ndarray:
        """The best state: an action for each request (int64), -1 where it is left out."""

    def move(self, rng: np.random.Generator, temperature: float, moves: int) -> None:
        """Try ``moves`` moves, and accept worse states by the rule of Metropolis."""


def anneal(search: Search, cooling: Cooling, rng: np.random.Generator, improved: Callable[[np.ndarray], None]) -> None:
    """Cool a search; pass better and better states to ``improved``, the best at the end."""
    deadline, done, reported = Deadline(cooling.seconds), 0, search.best_score
    for count in itertools.count(1):
        if deadline.passed or (cooling.moves and done >= cooling.moves):
            break
        progress = done / cooling.moves if cooling.moves else 1.0 - deadline.left / cooling.seconds
        moves = min(search.chunk, cooling.moves - done) if cooling.moves else search.chunk
        search.move(rng, cooling.temperature(progress), moves)
        done += moves
        if count % REPORT_EVERY == 0 and search.best_score > reported:
            reported = search.best_score
            improved(search.best)
    improved(search.best)
