"""Averages that outliers do not rule, and relative distances."""

from __future__ import annotations

import numpy as np

GAP_SHIFT = 0.01
"""Shift of the geometric mean of gaps: one percentage point, so that a gap of zero does not win alone."""
TRIMMED = 0.25


def interquartile_means(values: np.ndarray) -> np.ndarray:
    """Mean of the middle half of each row, the plain mean below four values: rows x n (no NaN) -> (rows,)."""
    n = values.shape[1]
    cut = int(TRIMMED * n)
    if cut == 0:
        return values.mean(axis=1)
    return np.sort(values, axis=1)[:, cut : n - cut].mean(axis=1)  # quicker than np.partition up to a thousand values


def interquartile_mean(values: np.ndarray) -> float:
    """Mean of the middle half (Agarwal et al., NeurIPS 2021) of values (n,); NaN entries are left out, NaN for none."""
    values = values[~np.isnan(values)]
    return float(interquartile_means(values[None, :])[0]) if len(values) else np.nan


def shifted_geometric_mean(values: np.ndarray, shift: float = GAP_SHIFT) -> float:
    """``prod(values + shift) ** (1 / n) - shift`` of non-negative values; NaN entries are left out.

    Given gaps in which failures count as the worst it is the penalised mean, given those of the instances that everybody
    solved the mean over common instances (both after H. Mittelmann's benchmarks).
    """
    values = values[~np.isnan(values)]
    return float(np.exp(np.mean(np.log(values + shift))) - shift) if len(values) else np.nan


def common_instances(solved: np.ndarray) -> np.ndarray:
    """Mark the instances that every solver solved, those solvers left out that solved none: solvers x n -> (n,)."""
    successful = solved[solved.any(axis=1)]
    return np.array(successful.all(axis=0) & (len(successful) > 0))
