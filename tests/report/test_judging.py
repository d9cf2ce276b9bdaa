"""What rows count: failures, and which metrics fill the shared columns."""

import dataclasses

import numpy as np
import pytest

from aigcbench.problems.problem import problem_named
from aigcbench.report.judging import headline_of, judge


def counted(table, headline, scores, metric="mean_delay", bound=10.0):
    """What each of these scores of one instance counts; None is a failure."""
    cells = [
        (f"solver-{number}", 0, None if score is None else 1.0, {"bound": bound, f"metric.{metric}": score})
        for number, score in enumerate(scores)
    ]
    return judge(table(*cells).astype({f"metric.{metric}": float}), headline)["primary"].tolist()


def test_a_failure_where_lower_is_better_counts_at_least_twice_the_bound(table, delay_first):
    """Nobody's score is much worse than the best, so a failure has a gap of 1."""
    assert counted(table, headline_of(delay_first), [12.0, 14.0, None]) == [12.0, 14.0, 20.0]


def test_a_failure_is_as_far_behind_the_worst_as_that_one_is_behind_the_best(table, delay_first):
    """With or without a bound; with a single finished run it is as bad as that one."""
    headline = headline_of(delay_first)
    assert counted(table, headline, [15.0, 40.0, 50.0, None])[-1] == 85.0
    assert counted(table, headline, [15.0, 40.0, 50.0, None], bound=np.nan)[-1] == 85.0
    assert counted(table, headline, [30.0, None])[-1] == 30.0
    assert np.isnan(counted(table, headline, [None], bound=np.nan)).all()


@pytest.mark.parametrize("worst", [41.0, 50.0, 64.0])
def test_the_worst_of_all_gains_nothing_by_failing(table, delay_first, worst):
    """What it gets for a failure, reckoned without its own run, is worse than its score."""
    headline = headline_of(delay_first)
    finished = counted(table, headline, [15.0, 40.0, worst])[-1]
    assert finished == worst
    assert counted(table, headline, [15.0, 40.0, None])[-1] > finished


@pytest.mark.parametrize(
    ("scores", "failure"), [((20.0, 90.0), 0.0), ((-5.0, 90.0), -100.0), ((-7.0,), -7.0), ((), 0.0)]
)
def test_a_failure_where_higher_is_better(table, scores, failure):
    """It counts 0, a gap of 1, and less than the lowest where that is negative."""
    headline = headline_of(problem_named("assignment"))
    assert counted(table, headline, [*scores, None], metric="utility")[-1] == failure


def test_headline_metrics_are_read_from_the_formulation():
    """Tail delay is the p95 of the delay metric; a formulation without delay has none."""
    problem = problem_named("assignment")
    headline = headline_of(problem)
    assert headline.delay is not None
    assert headline.tail_delay is not None
    assert headline.tail_delay.name == "p95_" + headline.delay.name.removeprefix("mean_")

    class Bare:
        metrics = (dataclasses.replace(headline.primary, name="score"),)
        reference_solver = problem.reference_solver

    bare = headline_of(Bare)
    assert (bare.delay, bare.tail_delay, bare.crash_rate) == (None, None, None)
