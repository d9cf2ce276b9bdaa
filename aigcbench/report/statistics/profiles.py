"""Shares of instances solved well enough: performance profiles and fixed-target distributions of run time."""

from __future__ import annotations

import numpy as np

from aigcbench.report.statistics.comparisons import ROUNDING


def within(gaps: np.ndarray, tolerances: np.ndarray) -> np.ndarray:
    """Performance profile, one value per gap: whether it is at most each tolerance, shape (..., n) -> (..., n, points).

    The mean over instances is Dolan and Moré's profile ("Benchmarking optimization software with performance profiles",
    2002) of gaps to the best known score; a NaN gap is within none.
    """
    return (gaps[..., None] <= tolerances + ROUNDING).astype(float)


def reached_by(seconds: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Share of an instance's targets that were reached by each time, shape (..., n, targets) -> (..., n, points).

    The mean over instances is the empirical distribution of run time over (instance, target) pairs, as COCO shows it
    (Hansen et al., "COCO: a platform for comparing continuous optimizers", 2021); inf stands for never.
    """
    return (seconds[..., None] <= times).mean(axis=-2)
