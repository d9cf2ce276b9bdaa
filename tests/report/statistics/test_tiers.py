"""Tiers: who can be told apart, over instances and over trainings."""

import numpy as np
import pytest

from aigcbench.report import statistics

INSTANCES = 20


def of_one_training(scores):
    """Scores of solvers (solvers x instances) as `rank_tiers` takes them."""
    return [own[None, :] for own in scores]


def trained(rng, level, spread, trainings=3):
    """A learner: scores differ by ``spread`` between trainings, by 1 between instances of one training."""
    return level + rng.normal(0.0, spread, (trainings, 1)) + rng.normal(0.0, 1.0, (trainings, INSTANCES))


def best_first(*solvers):
    """Solvers in order of their means."""
    return sorted(solvers, key=lambda values: -values.mean())


def test_tiers_separate_clear_wins_and_show_ties(rng):
    """Two solvers that differ by noise share a tier; one far below them starts the next."""
    base = rng.normal(100, 10, 20)
    noise = rng.normal(0, 1, 20)
    scores = np.array([base, base - 0.01 + noise - noise.mean(), base - 8 + rng.normal(0, 1, 20)])
    assert statistics.rank_tiers(of_one_training(scores)) == [1, 1, 2]


def test_tiers_of_few_or_equal_solvers():
    """One solver is tier 1; equal solvers tie; no solver gives no tiers."""
    assert statistics.rank_tiers(of_one_training(np.ones((1, 5)))) == [1]
    assert statistics.rank_tiers(of_one_training(np.ones((3, 12)))) == [1, 1, 1]
    assert statistics.rank_tiers([]) == []


def test_ties_on_most_instances_do_not_hide_a_difference():
    """Nine wins, eleven ties and no loss are a difference (p = 0.008), though the median difference is zero."""
    wins = np.concatenate([1.0 + np.arange(9.0), np.zeros(11)])
    assert statistics.rank_tiers(of_one_training(np.array([wins, np.zeros(20)]))) == [1, 2]


def test_a_better_mean_with_worse_ranks_begins_no_tier():
    """Three huge wins against seventeen small losses: the test points the other way, so the first is not better."""
    first = np.concatenate([np.full(3, 100.0), -1.0 - 0.01 * np.arange(17)])
    assert statistics.rank_tiers(of_one_training(np.array([first, np.zeros(20)]))) == [1, 1]


@pytest.mark.parametrize("spread", [0.0, 0.4, 1.0, 2.0])
@pytest.mark.parametrize("trainings", [(3, 3), (3, 1), (3, 3, 3, 3)])
def test_lucky_trainings_are_no_difference(spread, trainings):
    """Learners of one distribution are rarely told apart, however much trainings differ; by instances alone most are."""
    rng = np.random.default_rng(5)
    draws = 120
    split = 0
    for _ in range(draws):
        own = [trained(rng, 0.0, spread if number > 1 else 0.0, number) for number in trainings]
        split += max(statistics.rank_tiers(best_first(*own))) > 1
    assert split / draws <= 0.10


@pytest.mark.parametrize(("spread", "lead"), [(0.0, 2.0), (0.4, 4.0), (1.0, 8.0), (2.0, 16.0)])
def test_learners_that_differ_clearly_are_told_apart(spread, lead):
    """A lead of a few times the spread of trainings is found in nine of ten cases with three trainings of each."""
    rng = np.random.default_rng(6)
    found = 0
    for _ in range(40):
        found += statistics.rank_tiers([trained(rng, lead, spread), trained(rng, 0.0, spread)]) == [1, 2]
    assert found >= 36


def test_a_clear_lead_over_many_learners_is_found():
    """Among fourteen learners with three trainings each, a lead of ten times their spread begins a tier of its own."""
    rng = np.random.default_rng(7)
    for _ in range(20):
        others = best_first(*(trained(rng, 0.0, 0.7) for _ in range(13)))
        assert statistics.rank_tiers([trained(rng, 10.0, 1.0), *others])[:2] == [1, 2]


def test_learners_of_unlike_spread_are_no_difference():
    """Equally good learners are rarely told apart where some have steady trainings and others have not."""
    rng = np.random.default_rng(8)
    split = 0
    for _ in range(60):
        split += (
            max(statistics.rank_tiers(best_first(*(trained(rng, 0.0, s) for s in (0.1, 0.1, 0.3, 0.5, 1, 1, 2, 4)))))
            > 1
        )
    assert split / 60 <= 0.15


def test_several_trainings_leave_untrained_solvers_as_they_were(rng):
    """Whether two solvers of one training are told apart does not depend on how lucky learners beside them are."""
    untrained = of_one_training(
        np.array([rng.normal(5.0, 1.0, 20), rng.normal(3.0, 1.0, 20), rng.normal(2.9, 1.0, 20)])
    )
    alone = statistics.rank_tiers([np.full((1, 20), 9.0), np.full((1, 20), 8.0), *untrained])
    beside = statistics.rank_tiers(
        [np.full((3, 20), 9.0), 8.0 + np.array([[-5.0], [0.0], [5.0]]) * np.ones(20), *untrained]
    )
    assert alone[2:] == [3, 4, 4]
    assert [tier - beside[2] for tier in beside[2:]] == [0, 1, 1]
