"""A sketch of any number of delays in fixed memory: mean, quantiles, and means by size of the task."""

from __future__ import annotations

import math

import numpy as np

LEAST_S, MOST_S = 1e-6, 1e12  # s; delays beyond are counted as these
RATIO = 1.001  # of the ends of a bin: quantiles are off by at most a thousandth
N_BINS = math.ceil(math.log(MOST_S / LEAST_S) / math.log(RATIO))
N_WORK_BINS = 8192
SIZES = ("small", "medium", "large")


class DelaySketch:
    """Histograms of delays and of work.

    Means are exact. Quantiles come from bins whose ends differ by a thousandth, so that is their largest relative error (1e-6 s
    below that). Means by size come from equal bins of the work: a task is misplaced only within the bin of its third's limit.

    Parameters
    ----------
    largest_work
        Most work of a task, Gcycles.
    """

    def __init__(self, largest_work: float) -> None:
        self._largest_work = largest_work
        self._counts = np.zeros(N_BINS, np.int64)
        self._work_counts, self._work_delay = np.zeros(N_WORK_BINS, np.int64), np.zeros(N_WORK_BINS)
        self.n_tasks, self._total = 0, 0.0

    def add(self, delay: np.ndarray, work: np.ndarray) -> None:
        """Count tasks by their delays (s) and work (Gcycles), float64 of one length."""
        bins = (np.log(np.clip(delay, LEAST_S, MOST_S) / LEAST_S) / math.log(RATIO)).astype(np.int64)
        self._counts += np.bincount(np.minimum(bins, N_BINS - 1), minlength=N_BINS)
        sizes = np.minimum((work / self._largest_work * N_WORK_BINS).astype(np.int64), N_WORK_BINS - 1)
        self._work_counts += np.bincount(sizes, minlength=N_WORK_BINS)
        self._work_delay += np.bincount(sizes, weights=delay, minlength=N_WORK_BINS)
        self.n_tasks += len(delay)
        self._total += float(delay.sum())

    @property
    def mean(self) -> float:
        """Mean delay, s."""
        return self._total / self.n_tasks

    def quantile(self, share: float) -> float:
        """Delay that this share of the tasks does not exceed, s, between two tasks by linear interpolation."""
        rank = share * (self.n_tasks - 1)
        lower = math.floor(rank)
        low, high = (self._delay_of(task) for task in (lower, math.ceil(rank)))
        return low + (rank - lower) * (high - low)

    def _delay_of(self, rank: int) -> float:
        """Delay of the task that this many precede in order of delay, s: the tasks of a bin lie evenly in it."""
        below = np.cumsum(self._counts)
        k = int(np.searchsorted(below, rank, side="right"))
        within = (rank - (below[k] - self._counts[k]) + 0.5) / self._counts[k]
        return LEAST_S * RATIO ** (k + float(within))

    def mean_by_size(self) -> dict[str, float]:
        """Mean delay (s) of the third of the tasks with the least work, of the middle third and of the rest."""
        above = np.cumsum(self._work_counts)
        means = {}
        for third, size in enumerate(SIZES):
            low, high = third * self.n_tasks / 3, (third + 1) * self.n_tasks / 3
            inside = np.clip(above, low, high) - np.clip(above - self._work_counts, low, high)
            share = inside / np.maximum(self._work_counts, 1)
            means[size] = float((share * self._work_delay).sum() / inside.sum())
        return means
