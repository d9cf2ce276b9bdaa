"""Paired comparisons of solvers over instances: tests, probability of improvement."""

from __future__ import annotations

import numpy as np
import scipy.stats

from aigcbench.report.statistics.bootstrap import UNKNOWN, Estimate, percentile_interval, resampling_weights

ALPHA = 0.05
ROUNDING = 1e-9
"""Relative difference below which two scores are equal."""


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


def signed_rank_direction(differences: np.ndarray) -> float:
    """Sign of the sum of signed ranks: which way Wilcoxon's test points, however many differences are zero."""
    differing = differences[differences != 0.0]
    return float(np.sign(np.dot(np.sign(differing), scipy.stats.rankdata(np.abs(differing)))))


def holm(p_values: np.ndarray) -> np.ndarray:
    """Adjust p-values of one family of tests, shape (m,), by Holm's step-down procedure (1979)."""
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(len(p_values), 0, -1)
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(np.maximum.accumulate(p_values[order] * factors), 1.0)
    return adjusted


def instances_needed(n_solvers: int) -> int:
    """Fewest instances on which the strictest of all pairwise tests of ``n_solvers`` can reject at all.

    The smallest two-sided p-value of n signed ranks is ``2 ** (1 - n)``; Holm multiplies it by the number of pairs. An
    instance on which two solvers tie has no rank, so a pair with ties needs as many instances more.
    """
    pairs = n_solvers * (n_solvers - 1) // 2
    return int(np.ceil(1 + np.log2(pairs / ALPHA))) if pairs else 1


def probability_of_improvement(first: np.ndarray, second: np.ndarray, rng: np.random.Generator) -> Estimate:
    """Probability that the first solver beats the second on an instance, with its 95 % interval (Agarwal et al. 2021).

    The share of instances on which it does, a tie counting half; of solvers with several trainings, averaged over
    all pairs of theirs. Instances and the trainings of either are resampled.

    Parameters
    ----------
    first, second
        Trainings x instances, higher is better, the same instances; NaN entries are left out.
    rng
        Draws the resamples.
    """
    known = ~(np.isnan(first).any(axis=0) | np.isnan(second).any(axis=0))
    first, second = first[:, known], second[:, known]
    (ours, instances), theirs = first.shape, len(second)
    if not instances:
        return UNKNOWN
    pairs = [paired_differences(one, other) for one in first for other in second]
    wins = (np.sign(pairs) + 1.0) / 2.0
    value = float(wins.mean())
    if wins.size == 1:
        return Estimate(value, np.nan, np.nan)
    by_pair = (resampling_weights(instances, rng) @ wins.T).reshape(-1, ours, theirs)
    shares = resampling_weights(ours, rng)[:, :, None] * resampling_weights(theirs, rng)[:, None, :]
    return percentile_interval(value, np.clip((by_pair * shares).sum(axis=(1, 2)), 0.0, 1.0))  # rounding aside
