"""The frame solver's front."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aigcbench.problems.caching.frame.search import SearchLimits, minimise_frame
from aigcbench.problems.caching.slot.terms import Terms

NO_LIMITS = SearchLimits()


@dataclass(frozen=True)
class FrameOptimum:
    """The best decisions of one frame.

    Parameters
    ----------
    cache
        0 or 1 for each model (int64, models).
    bandwidth, steps
        Shares (float64, slots x users).
    cost
        Mean over the frame's requests.
    bound
        No decisions cost less than this, to a relative 1e-10; equal to the cost unless the search was cut short.
    solved
        Caches whose slots were solved.
    """

    cache: np.ndarray
    bandwidth: np.ndarray
    steps: np.ndarray
    cost: float
    bound: float
    solved: int


def optimal_frame(
    terms: Terms, frame: int, storage: np.ndarray, capacity: float, limits: SearchLimits = NO_LIMITS
) -> FrameOptimum:
    """The best cache and shares of one frame, clairvoyant; parameters as in `minimise_frame`."""
    _, slots, users = terms.request.shape
    cache, bandwidth, steps = np.zeros(len(storage), np.int64), np.empty((slots, users)), np.empty((slots, users))
    cost, bound, solved = minimise_frame(terms, frame, storage, float(capacity), limits, cache, bandwidth, steps)
    if terms.total_steps > 0.0:
        steps /= terms.total_steps
    return FrameOptimum(cache, bandwidth, steps, cost, bound, solved)
