"""What learners' trainings have in common."""

import numpy as np
import pytest

from aigcbench.report.statistics.training_variance import NOTHING_SHARED, SharedVariance, shared_variance


def learners(rng, variances, trainings=3):
    """Scores (trainings x 1 instance) of learners whose means over instances have these variances over trainings."""
    return [rng.normal(0.0, np.sqrt(variance), (trainings, 1)) for variance in variances]


def test_recovers_what_variances_were_drawn_from(rng):
    """Of many learners with variances from a scaled inverse chi-square, its scale and its degrees of freedom are found."""
    degrees, scale = 6.0, 0.25
    shared = shared_variance(learners(rng, degrees * scale / rng.chisquare(degrees, 20_000), trainings=11))
    assert shared.variance == pytest.approx(scale, rel=0.05)
    assert shared.degrees_of_freedom == pytest.approx(degrees, rel=0.1)


def test_equal_learners_share_their_variance(rng):
    """Where variances are equal, one learner's is that of all, known very well."""
    shared = shared_variance(learners(rng, np.full(5000, 4.0)))
    assert shared.degrees_of_freedom > 50
    variance, degrees = shared.moderated(0.01, 2)
    assert variance == pytest.approx(4.0, rel=0.1)
    assert degrees == shared.degrees_of_freedom + 2


def test_unlike_learners_share_little(rng):
    """Where variances differ by powers of ten, each one's own counts."""
    assert shared_variance(learners(rng, 10.0 ** rng.uniform(-6, 6, 5000))).degrees_of_freedom < 0.5


@pytest.mark.parametrize(
    "scores",
    [[], [np.ones((1, 4))] * 9, [np.ones((3, 4))] * 9, [np.arange(3.0)[:, None]] * 2],
    ids=["none", "untrained", "trainings all alike", "two learners"],
)
def test_nothing_to_tell(scores):
    """Solvers of one training, learners that do not vary and fewer than three learners tell nothing."""
    assert shared_variance(scores) == NOTHING_SHARED
    assert NOTHING_SHARED.moderated(2.0, 2) == (2.0, 2)


def test_never_less_than_its_own():
    """A learner that scatters more than the others keeps its variance."""
    assert SharedVariance(1.0, 8.0).moderated(9.0, 2) == (9.0, 10.0)
    assert SharedVariance(1.0, 8.0).moderated(0.0, 2) == (0.8, 10.0)
