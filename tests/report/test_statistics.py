"""Averages, intervals and tests."""

import itertools

import numpy as np
import pytest
import scipy.stats

from aigcbench.report import statistics


@pytest.fixture
def rng():
    """A fixed generator."""
    return np.random.default_rng(1)


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


def test_interquartile_mean_drops_a_quarter_at_each_end():
    """Outliers do not count."""
    assert statistics.interquartile_mean(np.array([-1e9, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 1e9])) == pytest.approx(3.5)
    assert statistics.interquartile_mean(np.array([1.0, np.nan, 2.0])) == 1.5
    assert np.isnan(statistics.interquartile_mean(np.array([])))


def test_shifted_geometric_mean_matches_scipy():
    """It is the geometric mean of the shifted values, shifted back, and copes with zeros."""
    values = np.array([0.0, 0.1, 0.4])
    expected = scipy.stats.gmean(values + 0.01) - 0.01
    assert statistics.shifted_geometric_mean(values) == pytest.approx(expected)
    assert statistics.shifted_geometric_mean(np.zeros(3)) == pytest.approx(0.0, abs=1e-15)


def test_differences_by_rounding_are_zero():
    """Scores that agree to 1e-9 are equal, and pairs with an unknown score are left out."""
    first, second = np.array([1e6, 2.0, np.nan]), np.array([1e6 + 1e-5, 1.0, 1.0])
    assert statistics.paired_differences(first, second).tolist() == [0.0, 1.0]


def test_wilcoxon_matches_all_sign_flips():
    """The p-value is the share of sign patterns with a rank sum as extreme."""
    differences = np.array([1.0, -2.0, 3.0, 4.5, 5.5, 7.0])
    ranks = scipy.stats.rankdata(np.abs(differences))
    sums = np.array([np.dot(signs, ranks) for signs in itertools.product([-1, 1], repeat=len(ranks))])
    expected = np.mean(np.abs(sums) >= abs(np.dot(np.sign(differences), ranks)))
    assert statistics.wilcoxon_p_value(differences) == pytest.approx(expected)
    assert statistics.wilcoxon_p_value(np.zeros(4)) == 1.0
    assert statistics.wilcoxon_p_value(np.array([])) == 1.0


def test_holm_matches_its_definition(rng):
    """Each sorted p-value is the largest ``(m - i) p_i`` up to it, at most 1, whatever the order given."""
    p_values = rng.uniform(0, 0.3, 7)
    ordered = np.sort(p_values)
    for p_value, adjusted in zip(p_values, statistics.holm(p_values)):
        place = int(np.searchsorted(ordered, p_value))
        assert adjusted == pytest.approx(min(1.0, max((7 - i) * ordered[i] for i in range(place + 1))))


@pytest.mark.parametrize("n_solvers", [2, 3, 5, 10])
def test_instances_needed_is_where_the_strictest_test_starts_to_reject(n_solvers):
    """With that many instances a clean win is significant after correction; with one less it is not."""
    pairs = n_solvers * (n_solvers - 1) // 2
    needed = statistics.instances_needed(n_solvers)
    strictest = [statistics.wilcoxon_p_value(np.arange(1.0, n + 1)) * pairs for n in (needed - 1, needed)]
    assert strictest[0] > statistics.ALPHA >= strictest[1]


def test_tiers_separate_clear_wins_and_show_ties(rng):
    """Two solvers that differ by noise share a tier; one far below them starts the next."""
    base = rng.normal(100, 10, 20)
    noise = rng.normal(0, 1, 20)
    scores = np.array([base, base - 0.01 + noise - noise.mean(), base - 8 + rng.normal(0, 1, 20)])
    assert statistics.rank_tiers(scores) == [1, 1, 2]


def test_tiers_of_few_or_equal_solvers():
    """One solver is tier 1; equal solvers tie; no solver gives no tiers."""
    assert statistics.rank_tiers(np.ones((1, 5))) == [1]
    assert statistics.rank_tiers(np.ones((3, 12))) == [1, 1, 1]
    assert statistics.rank_tiers(np.ones((0, 0))) == []


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
