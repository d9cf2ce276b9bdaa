"""Splits the stations into a group for large tasks and one for the others."""

import numpy as np


def stations_for_large(capacity: np.ndarray, share: float) -> np.ndarray:
    """1 for the stations of large tasks, else 0, float64 (stations,).

    The fastest stations are taken until their capacity comes nearest to ``share`` of all, at least one, and where there are several
    not all of them.
    """
    order = np.argsort(-capacity, kind="stable")
    sums = np.cumsum(capacity[order]) / capacity.sum()
    number = 1 + int(np.abs(sums[: max(len(sums) - 1, 1)] - share).argmin())
    group = np.zeros(len(capacity))
    group[order[:number]] = 1.0
    return group
