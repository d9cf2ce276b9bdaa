"""Tests that tell which solvers differ, and the probability of improvement."""

import itertools

import numpy as np
import pandas as pd
import pytest
import scikit_posthocs
import scipy.stats

from aigcbench.report import statistics
from aigcbench.report.statistics.comparisons import instances_needed


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
    needed = instances_needed(n_solvers)
    strictest = [statistics.wilcoxon_p_value(np.arange(1.0, n + 1)) * pairs for n in (needed - 1, needed)]
    assert strictest[0] > statistics.ALPHA >= strictest[1]


@pytest.mark.parametrize(("wins", "ties", "losses"), [(9, 11, 0), (9, 0, 11), (3, 0, 17)])
def test_direction_is_that_of_the_signed_ranks(wins, ties, losses):
    """Ties say nothing about it, and a few large wins outweigh as many small losses."""
    differences = np.array([*(10.0 + np.arange(wins)), *np.zeros(ties), *(-0.1 - 0.01 * np.arange(losses))])
    expected = np.sign(
        scipy.stats.rankdata(np.abs(differences[differences != 0])) @ np.sign(differences[differences != 0])
    )
    assert statistics.signed_rank_direction(differences) == -statistics.signed_rank_direction(-differences) == expected
    assert statistics.signed_rank_direction(np.zeros(5)) == 0.0


def test_pairwise_tests_match_scikit_posthocs(rng):
    """All pairs, corrected by Holm, have the p-values of scikit-posthocs."""
    scores = rng.normal(0.0, 1.0, (4, 15)) + np.array([[0.0], [0.4], [0.9], [2.0]])
    long = pd.DataFrame({"score": scores.ravel(), "solver": np.repeat(range(4), 15)})
    theirs = scikit_posthocs.posthoc_wilcoxon(long, val_col="score", group_col="solver", p_adjust="holm").to_numpy()
    pairs = list(itertools.combinations(range(4), 2))
    p_values = [statistics.wilcoxon_p_value(statistics.paired_differences(scores[i], scores[j])) for i, j in pairs]
    assert statistics.holm(np.array(p_values)) == pytest.approx([theirs[pair] for pair in pairs])


def test_probability_of_improvement_counts_wins_and_half_ties(rng):
    """Two wins, a tie and a loss of four are 62.5 %; an instance unknown to one is left out."""
    first, second = np.array([[2.0, 2.0, 5.0, 1.0, 9.0]]), np.array([[1.0, 1.0, 5.0, 3.0, np.nan]])
    estimate = statistics.probability_of_improvement(first, second, rng)
    assert estimate.value == 0.625
    assert 0.0 <= estimate.low < 0.625 < estimate.high <= 1.0


def test_probability_of_improvement_is_the_mann_whitney_statistic(rng):
    """On one instance it is U divided by the number of pairs of trainings, as Agarwal et al. define it."""
    first, second = rng.normal(0.5, 1.0, (6, 1)), rng.normal(0.0, 1.0, (5, 1))
    u = scipy.stats.mannwhitneyu(first[:, 0], second[:, 0]).statistic
    estimate = statistics.probability_of_improvement(first, second, rng)
    assert estimate.value == pytest.approx(u / 30)
    assert estimate.low < estimate.value < estimate.high


def test_probability_of_improvement_tells_of_the_luck_of_training(rng):
    """Trainings that are lucky on all instances give a wide interval, those that agree a narrow one."""
    other = np.zeros((1, 200))
    alike = np.where(np.arange(200) % 2, 1.0, -1.0)[None, :].repeat(2, axis=0)
    lucky = np.stack([np.ones(200), -np.ones(200)])
    narrow = statistics.probability_of_improvement(alike, other, rng)
    wide = statistics.probability_of_improvement(lucky, other, rng)
    assert narrow.value == wide.value == 0.5
    assert narrow.high - narrow.low < 0.2
    assert (wide.low, wide.high) == (0.0, 1.0)


def test_probability_of_improvement_of_little(rng):
    """One instance gives no interval, none gives nothing."""
    single = statistics.probability_of_improvement(np.array([[2.0]]), np.array([[1.0]]), rng)
    assert single.value == 1.0
    assert np.isnan([single.low, single.high]).all()
    assert np.isnan(statistics.probability_of_improvement(np.array([[np.nan]]), np.array([[1.0]]), rng).value)
