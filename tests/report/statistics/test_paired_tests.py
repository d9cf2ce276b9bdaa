"""Paired tests over instances and over trainings."""

import numpy as np
import pytest
import scipy.stats

from aigcbench.report import statistics


def test_one_training_each_is_tested_over_instances_only(rng):
    """Nothing is known about the luck of a single training; the interval is the bootstrap's."""
    first, second = rng.normal(1.0, 1.0, (1, 12)), rng.normal(0.0, 1.0, (1, 12))
    test = statistics.paired_test(first, second)
    assert test.over_instances == scipy.stats.wilcoxon(first[0] - second[0]).pvalue
    assert np.isnan(test.over_trainings)
    assert statistics.mean_difference(first, second, np.random.default_rng(1)) == statistics.mean_with_interval(
        first[0] - second[0], np.random.default_rng(1)
    )


def test_on_instances_that_are_alike_it_is_welchs_test(rng):
    """Without a spread over instances only trainings vary, and p-value and interval are those of Welch's t-test over them."""
    means = rng.normal(1.0, 1.0, 4), rng.normal(0.0, 3.0, 3)
    first, second = (own[:, None] * np.ones(12) for own in means)
    welch = scipy.stats.ttest_ind(*means, equal_var=False)
    interval = welch.confidence_interval(0.95)
    estimate = statistics.mean_difference(first, second, rng)
    assert statistics.paired_test(first, second).over_trainings == pytest.approx(welch.pvalue)
    assert (estimate.low, estimate.high) == (pytest.approx(interval.low), pytest.approx(interval.high))
    assert estimate.value == pytest.approx(means[0].mean() - means[1].mean())


def test_variances_of_instances_and_trainings_add_up(rng):
    """Against an untrained solver: the variance over instances and that over the learner's trainings."""
    first, second = rng.normal(1.0, 1.0, (3, 12)), rng.normal(0.0, 1.0, (1, 12))
    variances = np.array([(first.mean(axis=0) - second[0]).var(ddof=1) / 12, first.mean(axis=1).var(ddof=1) / 3])
    freedom = variances.sum() ** 2 / np.sum(variances**2 / [11, 2])
    expected = 2 * scipy.stats.t.sf((first.mean() - second.mean()) / np.sqrt(variances.sum()), freedom)
    assert statistics.paired_test(first, second).over_trainings == pytest.approx(expected)


def test_a_mean_against_the_ranks_is_no_evidence():
    """Where one huge instance turns the mean around, trainings say nothing for the direction of the ranks."""
    first = np.concatenate([[-1000.0], np.full(15, 1.0)]) * np.ones((3, 1))
    test = statistics.paired_test(first, np.zeros((1, 16)))
    assert (test.direction, test.over_trainings) == (1.0, 1.0)


def test_trainings_that_all_agree_leave_no_doubt():
    """A constant lead in every training on every instance has no variance; no lead is none."""
    lead = statistics.paired_test(np.full((3, 8), 2.0), np.full((2, 8), 1.0))
    assert (lead.direction, lead.over_trainings) == (1.0, 0.0)
    assert statistics.paired_test(np.ones((3, 8)), np.ones((3, 8))).over_trainings == 1.0


def test_trainings_without_a_common_instance_prove_nothing():
    """If no instance is known to every training there is nothing to compare trainings on."""
    first = np.array([[1.0, 2.0, np.nan], [np.nan, np.nan, 3.0]])
    test = statistics.paired_test(first, np.zeros((1, 3)))
    assert test.over_trainings == 1.0
    assert statistics.mean_difference(first, np.zeros((1, 3)), np.random.default_rng(0)).value == pytest.approx(2.0)


def test_each_kind_of_test_is_adjusted_over_its_own_pairs():
    """Holm's factor over trainings is the number of pairs with several trainings, and the larger p-value counts."""
    tests = [statistics.PairedTest(1.0, p, q) for p, q in [(0.001, 0.03), (0.002, np.nan), (0.5, 0.01)]]
    assert statistics.adjusted_p_values(tests) == pytest.approx([0.03, 0.004, 0.5])
    assert len(statistics.adjusted_p_values([])) == 0
