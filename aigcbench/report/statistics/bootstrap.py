"""Means and interquartile means with bootstrap intervals, resampled over instances and over trainings.

Instances are drawn with replacement within their stratum (their scenario), so that every resample has as many of each
scenario as there are (Agarwal et al., "Deep reinforcement learning at the edge of the statistical precipice", NeurIPS 2021);
trainings of a learner are drawn as a whole, since a lucky training is lucky on every instance. Intervals are percentiles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from aigcbench.report.statistics.averages import interquartile_means

CONFIDENCE = 0.95
RESAMPLES = 2000
"""The ends of an interval are then off by some 3 % of its width."""
BATCH_VALUES = 2_000_000
"""Most resampled values that are held at once (16 MB)."""


@dataclass(frozen=True)
class Estimate:
    """A number and its bootstrap interval; ``low`` and ``high`` are NaN where one instance cannot tell them."""

    value: float
    low: float
    high: float


UNKNOWN = Estimate(np.nan, np.nan, np.nan)


@dataclass(frozen=True)
class Band:
    """A curve with the pointwise interval around it; each of shape (points,), ``low`` and ``high`` NaN for one instance."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


def mean_with_interval(values: np.ndarray, rng: np.random.Generator) -> Estimate:
    """Mean over instances with its 95 % interval.

    Parameters
    ----------
    values
        One number per instance, shape (n,); NaN entries are left out.
    rng
        Draws the resamples.
    """
    return mean_over_trainings(values[None, :], rng)


def mean_over_trainings(values: np.ndarray, rng: np.random.Generator, strata: np.ndarray | None = None) -> Estimate:
    """Mean over trainings and instances with its 95 % interval, both being resampled.

    Parameters
    ----------
    values
        Trainings x instances, one number for each trained policy on each instance; instances that are not known to all
        are left out.
    rng
        Draws the resamples.
    strata
        The stratum of each instance, shape (instances,); None for one stratum.
    """
    return _estimate(values, lambda drawn: drawn.mean(axis=1), rng, strata)


def interquartile_mean_over_trainings(
    values: np.ndarray, rng: np.random.Generator, strata: np.ndarray | None = None
) -> Estimate:
    """Interquartile mean over trainings and instances with its 95 % interval; parameters as for `mean_over_trainings`."""
    return _estimate(values, interquartile_means, rng, strata)


def mean_curves(values: Sequence[np.ndarray], rng: np.random.Generator) -> list[Band]:
    """Mean over trainings and instances of each solver's curve, with its 95 % band; resamples share their instances.

    Parameters
    ----------
    values
        Trainings x instances x points of each solver, of the same instances.
    rng
        Draws the resamples.
    """
    of_instance = resampling_weights(values[0].shape[1], rng) if values else np.empty((RESAMPLES, 0))
    return [_mean_curve(own, of_instance, resampling_weights(len(own), rng)) for own in values]


def _mean_curve(values: np.ndarray, of_instance: np.ndarray, of_training: np.ndarray) -> Band:
    trainings, instances, points = values.shape
    mean = values.mean(axis=(0, 1))
    if trainings * instances < 2:
        return Band(mean, np.full(points, np.nan), np.full(points, np.nan))
    means = np.zeros((RESAMPLES, points))
    for training in range(trainings):
        means += of_training[:, training, None] * (of_instance @ values[training])
    low, high = _ends(means)
    return Band(mean, low, high)


def resampling_weights(n: int, rng: np.random.Generator) -> np.ndarray:
    """How much of each resample of ``n`` things is which of them: `RESAMPLES` x n, each row adding up to 1."""
    drawn = rng.integers(n, size=(RESAMPLES, n)) + n * np.arange(RESAMPLES)[:, None]
    return np.bincount(drawn.ravel(), minlength=RESAMPLES * n).reshape(RESAMPLES, n) / n


def percentile_interval(value: float, resampled: np.ndarray) -> Estimate:
    """A number with the interval that its resamples, shape (r,), give it."""
    low, high = _ends(resampled)
    return Estimate(value, float(low), float(high))


def _estimate(
    values: np.ndarray,
    statistic: Callable[[np.ndarray], np.ndarray],
    rng: np.random.Generator,
    strata: np.ndarray | None,
) -> Estimate:
    """A statistic of rows (resamples x values -> resamples) with its interval."""
    known = ~np.isnan(values).any(axis=0)
    values = values[:, known]
    if values.size == 0:
        return UNKNOWN
    value = float(statistic(values.reshape(1, -1))[0])
    if values.size == 1:
        return Estimate(value, np.nan, np.nan)
    if np.ptp(values) == 0.0:
        return Estimate(value, value, value)
    members = _members(values.shape[1], None if strata is None else strata[known])
    flat = values.ravel()
    batches = [statistic(flat[drawn]) for drawn in _draws(len(values), members, rng)]
    return percentile_interval(value, np.concatenate(batches))


def _members(instances: int, strata: np.ndarray | None) -> list[np.ndarray]:
    """Indices of the instances of each stratum."""
    if strata is None:
        return [np.arange(instances)]
    return [np.flatnonzero(strata == stratum) for stratum in np.unique(strata)]


def _draws(trainings: int, members: list[np.ndarray], rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Resamples x (trainings * instances): indices into the flattened values, in batches of at most `BATCH_VALUES`."""
    instances = sum(map(len, members))
    size = max(1, BATCH_VALUES // (trainings * instances))
    for start in range(0, RESAMPLES, size):
        count = min(size, RESAMPLES - start)
        columns = np.concatenate([own[rng.integers(len(own), size=(count, len(own)))] for own in members], axis=1)
        if trainings == 1:
            yield columns
        else:
            rows = rng.integers(trainings, size=(count, trainings))
            yield (rows[:, :, None] * instances + columns[:, None, :]).reshape(count, -1)


def _ends(resampled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both ends of the percentile interval over the first axis."""
    low, high = np.quantile(resampled, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
    return low, high
