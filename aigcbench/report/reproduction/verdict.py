"""The rule by which a claim counts as reproduced."""

from __future__ import annotations

import math
from enum import StrEnum

from aigcbench.report.reproduction.claim import Order, Value
from aigcbench.report.reproduction.measuring import Measured
from aigcbench.report.statistics import ALPHA

CLOSE = 0.05
"""Relative distance from the published number within which ours reproduces it."""


class Verdict(StrEnum):
    """What came of a claim."""

    REPRODUCED = "reproduced"
    INSIDE = "inside interval"
    NOT_REPRODUCED = "not reproduced"
    UNDERSPECIFIED = "underspecified"
    UNDECIDED = "undecided"
    MEASURED = "measured"
    MISSING = "not measured"


RULE = {
    Verdict.REPRODUCED: f"our number is within {CLOSE:.0%} of the published one, or at least as good where the paper claims"
    " 'at least'; of an order: paired Wilcoxon test over instances and, where there are several trainings, Welch's test"
    f" over trainings too, two-sided, Holm over the orders of a figure, p < {ALPHA}, in the claimed direction",
    Verdict.INSIDE: "otherwise, the published number lies in our 95 % interval",
    Verdict.UNDERSPECIFIED: "otherwise, the paper does not say what decides the value (the reason is given), or nothing here"
    " corresponds to it",
    Verdict.NOT_REPRODUCED: "otherwise; of an order: significant in the other direction",
    Verdict.UNDECIDED: "of an order: no significant difference, or too few instances for one",
    Verdict.MEASURED: "ours alone: nothing is published",
    Verdict.MISSING: "the results at hand have no such runs, or too few: the command makes them",
}
"""In the order in which it is applied."""


def judge_value(value: Value, measured: Measured) -> Verdict:
    """The verdict on a number."""
    ours = measured.estimate
    if math.isnan(ours.value):
        return Verdict.MISSING if value.solver else Verdict.UNDERSPECIFIED
    if value.published is None:
        return Verdict.MEASURED
    if abs(ours.value - value.published) <= CLOSE * abs(value.published):
        return Verdict.REPRODUCED
    if value.at_least and ours.value > value.published:
        return Verdict.REPRODUCED
    if ours.low <= value.published <= ours.high:
        return Verdict.INSIDE
    return Verdict.UNDERSPECIFIED if value.reason else Verdict.NOT_REPRODUCED


def judge_order(order: Order, measured: Measured, adjusted_p_value: float) -> Verdict:
    """The verdict on an order, from its p-value adjusted for the other orders of its figure."""
    if measured.test is None:
        return Verdict.MISSING
    if adjusted_p_value >= ALPHA:
        return Verdict.UNDECIDED
    if measured.test.direction > 0.0:
        return Verdict.REPRODUCED
    return Verdict.UNDERSPECIFIED if order.reason else Verdict.NOT_REPRODUCED


def too_few(measured: Measured, orders: int) -> bool:
    """Whether no difference could be significant on so few instances, with so many orders in the figure."""
    return measured.instances < math.ceil(1 + math.log2(orders / ALPHA))
