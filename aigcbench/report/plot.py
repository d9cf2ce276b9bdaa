"""Geometry of the dot-and-interval plots: positions in per cent of the width, better always to the right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from aigcbench.report.leaderboard import Board
from aigcbench.report.statistics import Estimate

MARGIN = 0.10
"""Room left of the reference solver for what is worse, as a share of the way to the bound; further out is clipped."""
INSET = 3.0
"""Per cent kept free at both ends, so that marks are not cut off."""


@dataclass(frozen=True)
class Mark:
    """One solver on an axis: dot and interval in per cent, and whether the dot lies beyond the axis."""

    dot: float
    low: float
    high: float
    clipped: bool


@dataclass(frozen=True)
class Axis:
    """A scale from ``worst`` (left) to ``best`` (right), with the reference solver and the bound where known.

    Parameters
    ----------
    worst, best
        Scores at the two ends.
    reference, bound
        Per cent where they stand, None if unknown.
    """

    worst: float
    best: float
    reference: float | None
    bound: float | None

    def place(self, score: float) -> float:
        """Per cent of the width for a score, clipped to the axis."""
        share = (score - self.worst) / (self.best - self.worst)
        return round(INSET + (100.0 - 2 * INSET) * min(max(share, 0.0), 1.0), 2)

    def mark(self, estimate: Estimate) -> Mark | None:
        """The mark of a mean and its interval, None if there is no mean."""
        if not math.isfinite(estimate.value):
            return None
        dot = self.place(estimate.value)
        if not math.isfinite(estimate.low):
            return Mark(dot, dot, dot, self._beyond(estimate.value))
        low, high = sorted((self.place(estimate.low), self.place(estimate.high)))
        return Mark(dot, low, high, self._beyond(estimate.value))

    def _beyond(self, score: float) -> bool:
        return (score - self.worst) / (self.best - self.worst) < 0.0


def axis_of(boards: Sequence[Board]) -> Axis:
    """One axis for boards of the same scenario, from a little below the reference solver to the bound; else as wide as the means."""
    references, bounds = [b.reference for b in boards], [b.bound for b in boards]
    sign = boards[0].headline.sign
    if all(map(math.isfinite, references + bounds)) and min(sign * (b.bound - b.reference) for b in boards) > 0:
        reference, bound = sign * min(sign * r for r in references), sign * max(sign * b for b in bounds)
        axis = Axis(reference - MARGIN * (bound - reference), bound, None, None)
        return Axis(axis.worst, axis.best, axis.place(reference), axis.place(bound))
    scores = [
        score
        for board in boards
        for standing in board.standings
        for score in (standing.primary.value, standing.primary.low, standing.primary.high)
        if math.isfinite(score)
    ]
    low, high = min(scores, default=0.0), max(scores, default=1.0)
    high = high if high > low else low + 1.0
    return Axis(low, high, None, None) if sign > 0 else Axis(high, low, None, None)
