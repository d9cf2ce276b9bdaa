"""Primal gap, primal integral and times of reaching targets, against values computed by hand."""

import numpy as np
import pytest

from aigcbench.report.statistics.anytime import TARGETS, Anytime, primal_gap, relative_gap


@pytest.fixture
def rising():
    """50 after 1 s, 80 after 4 s, 100 at the end after 10 s; a worse incumbent in between."""
    points = np.array([[1.0, 50.0], [2.0, 40.0], [4.0, 80.0]])
    return Anytime.of(points, 10.0, 100.0, sign=1.0)


def test_gaps():
    """Relative gaps are shares of the reference; Berthold's lie between 0 and 1 and are 1 without a score."""
    assert relative_gap(np.array([90.0, 130.0, -100.0]), 100.0).tolist() == pytest.approx([0.1, 0.3, 2.0])
    scores = np.array([100.0, 80.0, 125.0, -1.0, np.nan, 0.0])
    assert primal_gap(scores, 100.0).tolist() == pytest.approx([0.0, 0.2, 0.2, 1.0, 1.0, 1.0])
    assert primal_gap(np.array([0.0]), 0.0).tolist() == [0.0]


def test_a_curve_keeps_the_best(rising):
    """A worse incumbent does not lower the curve, and before the first there is none."""
    assert rising.at(np.array([1.0, 3.0, 4.0, 11.0])).tolist() == [50.0, 50.0, 80.0, 100.0]
    assert np.isnan(rising.at(np.array([0.5]))).all()


def test_a_curve_goes_down_where_lower_is_better():
    """With the other sign the lowest score so far counts."""
    falling = Anytime.of(np.array([[1.0, 50.0], [2.0, 60.0]]), 3.0, 20.0, sign=-1.0)
    assert falling.at(np.array([1.5, 2.5, 3.0])).tolist() == [50.0, 50.0, 20.0]


def test_primal_integral_by_hand(rising):
    """1 s without anything, 3 s at a gap of 0.5, 6 s at 0.2, the rest of 20 s at 0."""
    assert rising.primal_integral(100.0, 20.0) == pytest.approx((1.0 + 3 * 0.5 + 6 * 0.2) / 20.0)


def test_primal_integral_of_a_run_that_only_ends():
    """Without incumbents the gap is 1 until the end; what comes after the horizon does not count."""
    late = Anytime.of(np.empty((0, 2)), 5.0, 100.0, sign=1.0)
    assert late.primal_integral(100.0, 10.0) == 0.5
    assert late.primal_integral(100.0, 4.0) == 1.0


def test_times_of_reaching_targets(rising):
    """Each target has the time of the first score within it; one that is never reached has none."""
    assert rising.reached(100.0, np.array([0.5, 0.2, 0.1, 0.0])).tolist() == [1.0, 4.0, 10.0, 10.0]
    assert rising.reached(200.0, np.array(TARGETS)).tolist() == [np.inf] * 5


def test_points_after_the_end_count_as_of_the_end():
    """The grace after a limit does not move a run beyond it."""
    curve = Anytime.of(np.array([[1.0, 5.0], [6.2, 9.0]]), 6.0, 9.0, sign=1.0)
    assert curve.seconds.tolist() == [1.0, 6.0, 6.0]
    assert curve.reached(9.0, np.array([0.0])).tolist() == [6.0]
