"""Means, interquartile means and curves with bootstrap intervals."""

import numpy as np
import pytest
import scipy.stats

from aigcbench.report import statistics


def test_interval_matches_a_bootstrap_by_hand(rng):
    """The interval is that of resampled means."""
    values = rng.normal(10, 3, 25)
    estimate = statistics.mean_with_interval(values, np.random.default_rng(2))
    means = rng.choice(values, (20000, 25)).mean(axis=1)
    assert estimate.value == pytest.approx(values.mean())
    assert (estimate.low, estimate.high) == pytest.approx(tuple(np.quantile(means, [0.025, 0.975])), abs=0.06)


def test_interval_is_repeatable():
    """Equal generators give equal intervals."""
    values = np.arange(8.0)
    first, second = (statistics.mean_with_interval(values, np.random.default_rng(5)) for _ in range(2))
    assert first == second


def test_degenerate_intervals(rng):
    """No value, one value and equal values need no resampling and raise no warning."""
    assert np.isnan(statistics.mean_with_interval(np.array([np.nan]), rng).value)
    single = statistics.mean_with_interval(np.array([3.0, np.nan]), rng)
    assert single.value == 3.0
    assert np.isnan([single.low, single.high]).all()
    assert statistics.mean_with_interval(np.full(5, 2.5), rng) == statistics.Estimate(2.5, 2.5, 2.5)


def test_interval_over_trainings(rng):
    """Trainings that differ widen the interval; those that agree give the interval over instances."""
    instances = rng.normal(10, 1, 30)
    alike = np.tile(instances, (3, 1))
    over_instances = statistics.mean_with_interval(instances, np.random.default_rng(2))
    estimate = statistics.mean_over_trainings(alike, np.random.default_rng(2))
    assert estimate.value == pytest.approx(over_instances.value)
    assert (estimate.low, estimate.high) == pytest.approx((over_instances.low, over_instances.high), abs=0.05)
    lucky = statistics.mean_over_trainings(alike + np.array([[-3.0], [0.0], [3.0]]), np.random.default_rng(2))
    assert lucky.value == pytest.approx(over_instances.value)
    assert lucky.high - lucky.low > 4.0 > 3 * (over_instances.high - over_instances.low)


def test_interval_over_trainings_that_lack_instances(rng):
    """An instance that one training did not run is left out; a single training is none to resample."""
    values = np.array([[1.0, 2.0, np.nan], [3.0, 4.0, 9.0]])
    assert statistics.mean_over_trainings(values, rng).value == 2.5
    single = statistics.mean_over_trainings(values[1:], np.random.default_rng(3))
    assert single == statistics.mean_with_interval(values[1], np.random.default_rng(3))
    assert np.isnan(statistics.mean_over_trainings(np.full((2, 1), np.nan), rng).value)


def test_mean_interval_matches_scipy(rng):
    """The percentile interval of the mean is that of scipy's bootstrap, but for the luck of resampling."""
    values = rng.gamma(2.0, 3.0, 40)
    estimate = statistics.mean_with_interval(values, np.random.default_rng(2))
    theirs = scipy.stats.bootstrap((values,), np.mean, n_resamples=9999, method="percentile", rng=rng)
    width = theirs.confidence_interval.high - theirs.confidence_interval.low
    assert (estimate.low, estimate.high) == pytest.approx(tuple(theirs.confidence_interval), abs=0.06 * width)


def test_interquartile_interval_matches_scipy(rng):
    """So is that of the interquartile mean."""
    values = rng.gamma(2.0, 3.0, 40)
    estimate = statistics.interquartile_mean_over_trainings(values[None, :], np.random.default_rng(2))
    theirs = scipy.stats.bootstrap(
        (values,), lambda x, axis: scipy.stats.trim_mean(x, 0.25, axis), n_resamples=9999, method="percentile", rng=rng
    )
    width = theirs.confidence_interval.high - theirs.confidence_interval.low
    assert estimate.value == pytest.approx(scipy.stats.trim_mean(values, 0.25))
    assert (estimate.low, estimate.high) == pytest.approx(tuple(theirs.confidence_interval), abs=0.06 * width)


def test_strata_keep_their_share(rng):
    """Scenarios that differ widely do not widen the interval when each keeps its number of instances."""
    strata = np.repeat([0, 1], 20)
    values = (strata * 100.0 + rng.normal(0.0, 1.0, 40))[None, :]
    mixed = statistics.mean_over_trainings(values, np.random.default_rng(2))
    stratified = statistics.mean_over_trainings(values, np.random.default_rng(2), strata)
    assert stratified.value == mixed.value
    assert stratified.high - stratified.low < 1.5 < 20.0 < mixed.high - mixed.low


def test_strata_of_instances_left_out(rng):
    """An unknown instance leaves its stratum, and the rest is resampled."""
    values = np.array([[1.0, 3.0, np.nan, 11.0, 13.0]])
    estimate = statistics.mean_over_trainings(values, rng, np.array([0, 0, 0, 1, 1]))
    assert (estimate.value, estimate.low, estimate.high) == (7.0, 6.0, 8.0)


def test_curve_is_a_mean_with_an_interval_at_each_point(rng):
    """Each point of a curve has about the interval of its own mean, trainings included."""
    values = rng.normal(0.0, 1.0, (3, 25, 2)) + rng.normal(0.0, 1.0, (3, 1, 2))
    (band,) = statistics.mean_curves([values], np.random.default_rng(2))
    for point in range(2):
        alone = statistics.mean_over_trainings(values[:, :, point], np.random.default_rng(3))
        assert band.value[point] == pytest.approx(alone.value)
        assert (band.low[point], band.high[point]) == pytest.approx((alone.low, alone.high), abs=0.15)


def test_curve_of_one_instance_has_no_band(rng):
    """One run cannot tell how sure it is."""
    (band,) = statistics.mean_curves([np.ones((1, 1, 3))], rng)
    assert band.value.tolist() == [1.0] * 3
    assert np.isnan([band.low, band.high]).all()
    assert statistics.mean_curves([], rng) == []


def test_many_values_are_resampled_in_batches(monkeypatch, rng):
    """Batches cover all resamples, whatever their size."""
    values = rng.normal(0.0, 1.0, 30)
    whole = statistics.mean_with_interval(values, np.random.default_rng(2))
    monkeypatch.setattr("aigcbench.report.statistics.bootstrap.BATCH_VALUES", 1000)
    assert statistics.mean_with_interval(values, np.random.default_rng(2)) == whole
