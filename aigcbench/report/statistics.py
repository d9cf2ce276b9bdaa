"""Averages with intervals, and tests that tell which solvers differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.stats

CONFIDENCE = 0.95
RESAMPLES = 9999
ALPHA = 0.05
GAP_SHIFT = 0.01
"""Shift of the geometric mean of gaps: one percentage point, so that a gap of zero does not win alone."""
ROUNDING = 1e-9
"""Relative difference below which two scores are equal."""


@dataclass(frozen=True)
class Estimate:
    """A mean and its bootstrap interval; ``low`` and ``high`` are NaN where one instance cannot tell them."""

    value: float
    low: float
    high: float


def mean_with_interval(values: np.ndarray, rng: np.random.Generator) -> Estimate:
    """Mean over instances with its 95 % percentile-bootstrap interval.

    Parameters
    ----------
    values
        One number per instance, shape (n,); NaN entries are left out.
    rng
        Draws the resamples.
    """
    values = values[~np.isnan(values)]
    if len(values) == 0:
        return Estimate(np.nan, np.nan, np.nan)
    mean = float(np.mean(values))
    if len(values) == 1:
        return Estimate(mean, np.nan, np.nan)
    if np.ptp(values) == 0.0:
        return Estimate(mean, mean, mean)
    interval = scipy.stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=RESAMPLES,
        batch=500,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=rng,
    ).confidence_interval
    return Estimate(mean, float(interval.low), float(interval.high))


def mean_over_trainings(values: np.ndarray, rng: np.random.Generator) -> Estimate:
    """Mean over instances and trainings with its 95 % percentile-bootstrap interval, both being resampled.

    Parameters
    ----------
    values
        Trainings x instances, one number for each trained policy on each instance; instances that are not known to all
        are left out.
    rng
        Draws the resamples.
    """
    values = values[:, ~np.isnan(values).any(axis=0)]
    trainings, instances = values.shape
    if trainings == 1 or instances == 0:
        return mean_with_interval(values.mean(axis=0), rng)
    means = np.empty(RESAMPLES)
    for k in range(RESAMPLES):
        rows, columns = rng.integers(trainings, size=trainings), rng.integers(instances, size=instances)
        means[k] = values[rows][:, columns].mean()
    low, high = np.quantile(means, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(float(values.mean()), float(low), float(high))


def interquartile_mean(values: np.ndarray) -> float:
    """Mean of the middle half (Agarwal et al., NeurIPS 2021); the plain mean below four values, NaN for none."""
    values = values[~np.isnan(values)]
    return float(scipy.stats.trim_mean(values, 0.25)) if len(values) else np.nan


def shifted_geometric_mean(values: np.ndarray, shift: float = GAP_SHIFT) -> float:
    """``prod(values + shift) ** (1 / n) - shift`` of non-negative values; NaN entries are left out."""
    values = values[~np.isnan(values)]
    return float(np.exp(np.mean(np.log(values + shift))) - shift) if len(values) else np.nan


def paired_differences(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """``first - second`` per instance, shape (n,): exactly zero where they differ by rounding only, NaN pairs left out."""
    known = ~(np.isnan(first) | np.isnan(second))
    first, second = first[known], second[known]
    difference = first - second
    difference[np.abs(difference) <= ROUNDING * np.maximum(np.abs(first), np.abs(second))] = 0.0
    return difference


def wilcoxon_p_value(differences: np.ndarray) -> float:
    """Two-sided p-value of Wilcoxon's signed-rank test; 1 where nothing differs."""
    if not np.any(differences):
        return 1.0
    return float(scipy.stats.wilcoxon(differences).pvalue)


def holm(p_values: np.ndarray) -> np.ndarray:
    """Adjust p-values of one family of tests, shape (m,), by Holm's step-down procedure (1979)."""
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(len(p_values), 0, -1)
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(np.maximum.accumulate(p_values[order] * factors), 1.0)
    return adjusted


def instances_needed(n_solvers: int) -> int:
    """Fewest instances on which the strictest of all pairwise tests of ``n_solvers`` can reject at all.

    The smallest two-sided p-value of n signed ranks is ``2 ** (1 - n)``; Holm multiplies it by the number of pairs.
    """
    pairs = n_solvers * (n_solvers - 1) // 2
    return int(np.ceil(1 + np.log2(pairs / ALPHA))) if pairs else 1


def rank_tiers(scores: np.ndarray) -> list[int]:
    """Tiers of solvers that cannot be told apart, from 1.

    All pairs are tested (Wilcoxon signed-rank over instances, Holm over the pairs, 5 %). A tier begins with the first
    solver that is significantly worse than the first of the tier before.

    Parameters
    ----------
    scores
        Solvers x instances, higher is better, solvers in order of their means, best first.
    """
    first, second = np.triu_indices(len(scores), k=1)
    differences = [paired_differences(scores[i], scores[j]) for i, j in zip(first, second)]
    adjusted = holm(np.array([wilcoxon_p_value(difference) for difference in differences]))
    worse = np.zeros((len(scores), len(scores)), bool)
    for i, j, difference, p_value in zip(first, second, differences, adjusted):
        worse[i, j] = p_value < ALPHA and np.median(difference) > 0
    tiers: list[int] = []
    head = 0
    for solver in range(len(scores)):
        if worse[head, solver]:
            head = solver
        tiers.append(1 if solver == 0 else tiers[-1] + (head == solver))
    return [int(tier) for tier in tiers]
