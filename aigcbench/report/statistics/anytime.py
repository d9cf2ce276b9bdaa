"""What a run had when: primal gap, primal integral, and the times at which targets were reached.

A curve is a step function, given by the times at which it changes (s, ascending, float64) and the best score since then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aigcbench.report.statistics.comparisons import ROUNDING

TARGETS = (0.10, 0.05, 0.01, 0.001, 0.0)
"""Relative gaps to the best known score whose times of reaching are looked at."""


@dataclass(frozen=True)
class Anytime:
    """Best score of one run over time, of a run that delivered legal decisions.

    Parameters
    ----------
    seconds
        When it changes, shape (k,), ascending, from the start of the run.
    scores
        The best score from then on, shape (k,).
    """

    seconds: np.ndarray
    scores: np.ndarray

    @classmethod
    def of(cls, points: np.ndarray, end_seconds: float, end_score: float, sign: float) -> Anytime:
        """From incumbents (points x 2: seconds, score), the end of the run, and 1 where higher is better, else -1.

        Points after the end count as of the end.
        """
        seconds = np.minimum(np.append(points[:, 0], end_seconds), end_seconds)
        scores = np.append(points[:, 1], end_score)
        order = np.argsort(seconds, kind="stable")
        return cls(seconds[order], sign * np.maximum.accumulate(sign * scores[order]))

    def at(self, times: np.ndarray) -> np.ndarray:
        """Best score at each of the times (t,), NaN before there is one."""
        index = np.searchsorted(self.seconds, times, side="right") - 1
        return np.where(index >= 0, self.scores[np.maximum(index, 0)], np.nan)

    def primal_integral(self, best_known: float, horizon: float) -> float:
        """Primal gap averaged over the time from 0 to ``horizon`` s: 0 is at once the best known, 1 nothing until the end.

        Berthold, "Measuring the impact of primal heuristics", Operations Research Letters 2013, divided by the horizon.
        """
        seconds = np.minimum(self.seconds, horizon)
        lengths = np.diff(np.append(seconds, horizon))
        return float((seconds[0] + np.dot(primal_gap(self.scores, best_known), lengths)) / horizon)

    def reached(self, best_known: float, targets: np.ndarray) -> np.ndarray:
        """Seconds until the gap to the best known score is within each of the targets (t,), inf where it never is."""
        gaps = relative_gap(self.scores, best_known)
        within = gaps[:, None] <= targets + ROUNDING
        return np.where(within.any(axis=0), self.seconds[within.argmax(axis=0)], np.inf)


def relative_gap(scores: np.ndarray, reference: np.ndarray | float) -> np.ndarray:
    """``|score - reference| / |reference|``, a share."""
    return np.abs(scores - reference) / np.maximum(np.abs(reference), ROUNDING)


def primal_gap(scores: np.ndarray, best_known: np.ndarray | float) -> np.ndarray:
    """Berthold's gap: ``|s - best| / max(|s|, |best|)``, 0 where they are equal, 1 where signs differ or there is no score."""
    larger = np.maximum(np.abs(scores), np.abs(best_known))
    opposite = scores * best_known < 0.0
    with np.errstate(invalid="ignore"):
        gaps = np.where(larger > 0.0, np.abs(scores - best_known) / np.where(larger > 0.0, larger, 1.0), 0.0)
    return np.where(np.isnan(scores) | opposite, 1.0, gaps)
