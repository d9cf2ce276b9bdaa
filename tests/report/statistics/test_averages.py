"""Averages that outliers do not rule."""

import numpy as np
import pytest
import scipy.stats

from aigcbench.report import statistics


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


def test_interquartile_means_of_rows_match_scipy():
    """Each row's mean of the middle half is scipy's trimmed mean, whatever the number of values."""
    for n in (1, 3, 4, 7, 10, 101):
        values = np.random.default_rng(n).normal(size=(5, n))
        assert statistics.interquartile_means(values) == pytest.approx(scipy.stats.trim_mean(values, 0.25, axis=1))


def test_common_instances_leave_out_who_solved_nothing():
    """An instance is common when everybody solved it who solved any."""
    solved = np.array([[True, True, False], [True, False, True], [False, False, False]])
    assert statistics.common_instances(solved).tolist() == [True, False, False]
    assert statistics.common_instances(solved[2:]).tolist() == [False] * 3
    assert statistics.common_instances(np.empty((0, 2), bool)).tolist() == [False] * 2
