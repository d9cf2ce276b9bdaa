"""Whether one solver is better than another, over instances and over trainings.

A signed-rank test over instances takes trained policies as they are: it finds a lucky training better than an unlucky one of
the same learner. Of a learner with several trainings a second test asks whether the mean difference would hold for other
trainings too: Welch's t-test, as Colas et al. advise for few trainings ("A hitchhiker's guide to statistical comparisons of
reinforcement learning algorithms", 2019), on the sum of the variances that come with the draw of the instances and with the draw
of either's trainings. The sum counts what is due to neither alone more than once, so it is rather too large than too small (Owen,
"The pigeonhole bootstrap", Annals of Applied Statistics 2007); degrees of freedom are Satterthwaite's (1946). Where many learners
are compared, what their trainings' variances have in common helps to know each one's (`training_variance`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.stats

from aigcbench.report.scores import over_trainings
from aigcbench.report.statistics.bootstrap import CONFIDENCE, Estimate, mean_with_interval
from aigcbench.report.statistics.comparisons import holm, paired_differences, signed_rank_direction, wilcoxon_p_value
from aigcbench.report.statistics.training_variance import NOTHING_SHARED, SharedVariance


@dataclass(frozen=True)
class PairedTest:
    """Two-sided tests of two solvers on the same instances.

    Parameters
    ----------
    direction
        1 where the first is better by the signed ranks of the differences per instance, -1 where the second is, 0 for a draw.
    over_instances
        p-value of Wilcoxon's signed-rank test, trainings averaged.
    over_trainings
        p-value of the mean difference when other trainings are drawn too, 1 where it is against ``direction``; NaN where
        neither solver has several trainings.
    """

    direction: float
    over_instances: float
    over_trainings: float


@dataclass(frozen=True)
class _MeanDifference:
    """A mean difference with its variance over draws of instances and trainings."""

    value: float
    variance: float
    degrees_of_freedom: float


def paired_test(first: np.ndarray, second: np.ndarray, shared: SharedVariance = NOTHING_SHARED) -> PairedTest:
    """Test two solvers; trainings x instances, higher is better, the same instances. Instances unknown to one are left out."""
    differences = paired_differences(over_trainings(first), over_trainings(second))
    direction = signed_rank_direction(differences)
    p_value = _p_value_over_trainings(first, second, direction, shared) if _trained_again(first, second) else np.nan
    return PairedTest(direction, wilcoxon_p_value(differences), p_value)


def adjusted_p_values(tests: Sequence[PairedTest]) -> np.ndarray:
    """The larger of each pair's p-values, tests over instances and tests over trainings each adjusted by Holm: (m,) of m tests."""
    adjusted = holm(np.array([test.over_instances for test in tests]))
    over_trainings = np.array([test.over_trainings for test in tests])
    tested = ~np.isnan(over_trainings)
    adjusted[tested] = np.maximum(adjusted[tested], holm(over_trainings[tested]))
    return adjusted


def mean_difference(
    first: np.ndarray, second: np.ndarray, rng: np.random.Generator, shared: SharedVariance = NOTHING_SHARED
) -> Estimate:
    """By how much the first is better on average, with its 95 % interval.

    The interval is that of the test over trainings where either solver has several, else a bootstrap interval over instances.

    Parameters
    ----------
    first, second
        Trainings x instances, higher is better, the same instances; instances unknown to one are left out.
    rng
        Draws the resamples.
    shared
        What is known of the trainings of all learners that are compared.
    """
    estimate = mean_with_interval(paired_differences(over_trainings(first), over_trainings(second)), rng)
    difference = _difference(first, second, shared) if _trained_again(first, second) else None
    if difference is None:
        return estimate
    quantile = scipy.stats.t.ppf((1 + CONFIDENCE) / 2, difference.degrees_of_freedom)
    margin = float(quantile * np.sqrt(difference.variance))
    return Estimate(estimate.value, difference.value - margin, difference.value + margin)


def _trained_again(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether either has several trainings; of a single one nobody knows how lucky it was."""
    return max(len(first), len(second)) > 1


def _p_value_over_trainings(first: np.ndarray, second: np.ndarray, direction: float, shared: SharedVariance) -> float:
    difference = _difference(first, second, shared)
    if difference is None or difference.value * direction <= 0.0:
        return 1.0
    if difference.variance == 0.0:
        return 0.0
    t = abs(difference.value) / np.sqrt(difference.variance)
    return float(2.0 * scipy.stats.t.sf(t, difference.degrees_of_freedom))


def _difference(first: np.ndarray, second: np.ndarray, shared: SharedVariance) -> _MeanDifference | None:
    """Of the instances that every training of both knows; None where there is none."""
    known = ~(np.isnan(first).any(axis=0) | np.isnan(second).any(axis=0))
    if not known.any():
        return None
    first, second = first[:, known], second[:, known]
    differences = paired_differences(first.mean(axis=0), second.mean(axis=0))
    parts: list[tuple[float, float]] = []
    if len(differences) > 1:
        parts.append((float(differences.var(ddof=1)) / len(differences), len(differences) - 1))
    for trainings in (first.mean(axis=1), second.mean(axis=1)):
        if (number := len(trainings)) > 1:
            own, degrees = shared.moderated(float(trainings.var(ddof=1)), number - 1)
            parts.append((own / number, degrees))
    variances, freedoms = np.array(parts).T
    variance = float(variances.sum())
    freedom = variance**2 / float(np.sum(variances**2 / freedoms)) if variance > 0.0 else np.inf
    return _MeanDifference(float(differences.mean()), variance, freedom)
