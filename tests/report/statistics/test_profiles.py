"""Performance profiles and distributions of run time, against shares counted by hand."""

import numpy as np
import pytest
import scipy.stats

from aigcbench.report.statistics.profiles import reached_by, within


def test_profile_counts_instances():
    """The share of instances within each tolerance; failures are within none."""
    gaps = np.array([0.0, 0.02, 0.2, np.inf])
    assert within(gaps, np.array([0.0, 0.02, 0.1, 1.0])).mean(axis=0).tolist() == [0.25, 0.5, 0.5, 0.75]
    assert within(np.array([np.nan]), np.array([1.0])).tolist() == [[0.0]]


def test_profile_is_the_empirical_distribution_of_gaps():
    """It agrees with scipy's empirical distribution function."""
    rng = np.random.default_rng(0)
    gaps, tolerances = rng.exponential(0.1, 50), np.linspace(0.0, 0.5, 20)
    expected = scipy.stats.ecdf(gaps).cdf.evaluate(tolerances)
    assert within(gaps, tolerances).mean(axis=0) == pytest.approx(expected)


def test_pairs_of_instance_and_target_are_counted():
    """Two instances with two targets: one pair after 1 s, three after 3 s, one never."""
    seconds = np.array([[1.0, 3.0], [2.5, np.inf]])
    assert reached_by(seconds, np.array([0.5, 1.0, 3.0])).mean(axis=0).tolist() == [0.0, 0.25, 0.75]
