"""Claims held against rows: numbers, intervals, tests, verdicts."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from aigcbench.report.reproduction.claim import Figure, Order, Paper, Value
from aigcbench.report.reproduction.comparison import compare, compare_papers
from aigcbench.report.reproduction.measuring import (
    EPISODES,
    EXPECTED_BEST,
    measure_order,
    measure_value,
    rows_by_solver,
)
from aigcbench.report.reproduction.text import markdown
from aigcbench.report.reproduction.verdict import Verdict

SCENARIO = "assignment/asp-paper"


def value(**given):
    """A number about prophet's utility."""
    fields = {
        "name": "prophet", "solver": "prophet", "against": "", "scenarios": (SCENARIO,), "metric": "utility", "reason": "",
        "statistic": "mean", "factor": 1.0, "unit": "", "published": 80.0, "at_least": False,
    }  # fmt: skip
    return Value(**(fields | given))


def order(better, worse, **given):
    """An order by utility."""
    fields = {"name": f"{better} > {worse}", "scenarios": (SCENARIO,), "metric": "utility", "reason": ""}
    return Order(**(fields | {"solver": better, "against": worse} | given))


def lines(results, *claims):
    """The lines of a figure with these claims."""
    values = tuple(claim for claim in claims if isinstance(claim, Value))
    orders = tuple(claim for claim in claims if isinstance(claim, Order))
    return compare(Figure("figure", "Table I", "title", "text", "plan", values, orders), rows_by_solver(results)).lines


@pytest.fixture
def rows(table):
    """Ten instances: prophet at 75 to 84, random 20 below."""
    cells = [("prophet", k, 75.0 + k) for k in range(10)] + [("random", k, 55.0 + k) for k in range(10)]
    return table(*cells)


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ({"published": 83.0}, Verdict.REPRODUCED),
        ({"published": 60.0}, Verdict.NOT_REPRODUCED),
        ({"published": 60.0, "reason": "no seed"}, Verdict.UNDERSPECIFIED),
        ({"published": 60.0, "at_least": True}, Verdict.REPRODUCED),
        ({"published": None}, Verdict.MEASURED),
        ({"solver": "sac"}, Verdict.MISSING),
        ({"solver": "", "reason": "another machine"}, Verdict.UNDERSPECIFIED),
        ({"published": 75.5, "statistic": "episode"}, Verdict.INSIDE),
    ],
)
def test_verdicts_of_numbers(rows, given, verdict):
    """The rule, case by case; the last is more than 5 % off but within the range of single episodes."""
    assert lines(rows, value(**given))[0].verdict is verdict


def test_a_mean_has_its_interval_and_size(rows):
    """Mean 79.5 of ten instances, the interval around it."""
    measured = measure_value(value(), rows_by_solver(rows))
    assert measured.estimate.value == pytest.approx(79.5)
    assert 77.0 < measured.estimate.low < 79.5 < measured.estimate.high < 82.0
    assert (measured.instances, measured.trainings) == (10, 1)


def test_a_gain_is_paired_and_signed_by_the_metric(rows):
    """More utility and less delay are both gains; per cent of the other's mean."""
    delays = rows.assign(**{"metric.mean_delay": np.where(rows["label"] == "prophet", 15.0, 20.0)})
    up = measure_value(value(statistic="gain", against="random"), rows_by_solver(rows))
    down = measure_value(value(statistic="gain", against="random", metric="mean_delay"), rows_by_solver(delays))
    assert up.estimate.value == pytest.approx(100 * 20 / 59.5)
    assert down.estimate.value == pytest.approx(25.0)
    assert down.estimate.low == pytest.approx(25.0)


def test_expected_best_of_many_episodes():
    """The constant is the expected largest of a thousand standard normal numbers."""
    x = np.linspace(-8, 8, 20001)
    density = EPISODES * scipy.stats.norm.pdf(x) * scipy.stats.norm.cdf(x) ** (EPISODES - 1)
    assert np.trapezoid(x * density, x) == pytest.approx(EXPECTED_BEST, abs=1e-3)


def test_best_is_above_the_mean_by_the_spread(rows):
    """Mean plus 3.24 standard deviations."""
    utilities = 75.0 + np.arange(10)
    best = measure_value(value(statistic="best"), rows_by_solver(rows)).estimate.value
    assert best == pytest.approx(utilities.mean() + EXPECTED_BEST * utilities.std(ddof=1))


def test_few_episodes_say_nothing_about_the_best(rows):
    """The spread of two episodes is no ground for a best of a thousand."""
    few = rows_by_solver(rows[rows["instance_sha256"].isin(["sha-0", "sha-1"])])
    assert np.isnan(measure_value(value(statistic="best"), few).estimate.value)


def test_orders_are_tested(rows):
    """Significant either way, undecided between equals, missing without runs; too few instances are said to be."""
    claims = (
        order("prophet", "random"),
        order("random", "prophet"),
        order("prophet", "prophet"),
        order("prophet", "x"),
    )
    found = lines(rows, *claims)
    expected = [Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.UNDECIDED, Verdict.MISSING]
    assert [line.verdict for line in found] == expected
    few = lines(rows[rows["instance_sha256"].isin(["sha-0", "sha-1"])], order("prophet", "random"))[0]
    assert (few.verdict, few.note) == (Verdict.UNDECIDED, "too few instances to tell")


def test_an_order_must_hold_over_trainings(table):
    """A learner that beats another by the luck of a training is undecided; one whose trainings agree is not."""

    def learner(label, levels):
        return [
            (label, k, level + k + 0.1 * ((k * 7 + training) % 5), {"training_seed": float(training)})
            for training, level in enumerate(levels)
            for k in range(12)
        ]

    rows = table(
        *learner("lucky", (50.0, 51.0, 60.0)), *learner("steady", (60.0, 60.1, 60.2)), *learner("low", (50.0,) * 3)
    )
    lucky, steady = lines(rows, order("lucky", "low"), order("steady", "low"))
    assert (lucky.verdict, steady.verdict) == (Verdict.UNDECIDED, Verdict.REPRODUCED)
    assert lucky.interval.startswith("[-")
    assert lines(rows, order("steady", "random"))[0].verdict is Verdict.MISSING
    beside = lines(pd.concat([rows, table(*[("random", k, 5.0 + k) for k in range(12)])]), order("steady", "random"))[0]
    assert (beside.size, beside.verdict) == ("12 instances, 3 trainings", Verdict.REPRODUCED)


def test_trainings_elsewhere_and_failures(table):
    """What a learner was trained on is no part of its name; failed runs are counted, not averaged."""
    rows = table(
        ("d2sac from assignment/asp-tiny", 0, 10.0, {"training_seed": 0.0}),
        ("d2sac from assignment/asp-tiny", 0, 20.0, {"training_seed": 1.0}),
        ("d2sac from assignment/asp-tiny", 1, None, {"training_seed": 0.0}),
    )
    measured = measure_value(value(solver="d2sac"), rows_by_solver(rows))
    assert (measured.estimate.value, measured.trainings, measured.failed) == (15.0, 2, 1)
    assert "1 run without legal decisions" in lines(rows, value(solver="d2sac"))[0].note


def test_only_common_instances_are_paired(table):
    """An order rests on instances that both ran."""
    rows = table(("a", 0, 1.0), ("a", 1, 2.0), ("b", 1, 1.0), ("b", 2, 5.0))
    assert measure_order(order("a", "b"), rows_by_solver(rows)).estimate.value == pytest.approx(1.0)
    assert measure_order(order("a", "b"), rows_by_solver(rows)).instances == 1


def test_the_report_as_markdown(rows):
    """Every claim is a row of a table; counts leave our own findings out."""
    figure = Figure("figure", "Table I", "A title", "A protocol.", "plan", (value(), value(published=1.0)), ())
    finding = Figure("finding", "", "A finding", "Its text.", "plan", (value(published=None),), ())
    compared = compare_papers([Paper("paper", "A paper", "Its source", "assignment", (figure, finding))], rows)
    text = markdown(compared)
    assert compared[0].verdicts == {Verdict.REPRODUCED: 1, Verdict.NOT_REPRODUCED: 1}
    assert "| prophet | 80 | 79.50 |" in text
    assert "`aigcbench reproduce figure`" in text
    assert "What we found: A finding" in text


def test_nothing_measured(rows):
    """Results of other scenarios leave every claim open."""
    assert lines(rows.assign(scenario="flow/x2"), value())[0].verdict is Verdict.MISSING
    assert lines(pd.DataFrame(rows.iloc[:0]), order("a", "b"))[0].verdict is Verdict.MISSING
