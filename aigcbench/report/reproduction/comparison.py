"""Papers held against results: one line per claim, as people read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from aigcbench.report import formats, statistics
from aigcbench.report.reproduction.claim import Figure, Order, Paper, Value
from aigcbench.report.reproduction.measuring import (
    Measured,
    Rows,
    direction_of,
    measure_order,
    measure_value,
    rows_by_solver,
)
from aigcbench.report.reproduction.verdict import Verdict, judge_order, judge_value, too_few


@dataclass(frozen=True)
class Line:
    """A claim with its verdict.

    Parameters
    ----------
    name
        What the paper calls it.
    published, ours, interval
        Numbers with their units; of an order, the claim, the mean difference and its interval.
    size
        Instances and trainings behind our number.
    verdict, note
        ``note`` says what else there is to know.
    """

    name: str
    published: str
    ours: str
    interval: str
    size: str
    verdict: Verdict
    note: str


@dataclass(frozen=True)
class Comparison:
    """A figure with a line for each of its claims."""

    figure: Figure
    lines: tuple[Line, ...]

    @property
    def measured(self) -> bool:
        """Whether the results say anything about it."""
        return any(line.ours != formats.MISSING for line in self.lines)


@dataclass(frozen=True)
class PaperComparison:
    """A paper with its figures."""

    paper: Paper
    comparisons: tuple[Comparison, ...]

    @property
    def verdicts(self) -> dict[Verdict, int]:
        """How many claims came out how, in the order of the rule; those about nothing published left out."""
        counts = dict.fromkeys(Verdict, 0)
        for comparison in self.comparisons:
            for line in comparison.lines:
                counts[line.verdict] += not comparison.figure.is_finding
        return {verdict: count for verdict, count in counts.items() if count}


def compare_papers(papers: Sequence[Paper], results: pd.DataFrame) -> tuple[PaperComparison, ...]:
    """Hold all figures of papers against result rows, as the store gives them."""
    rows = rows_by_solver(results)
    return tuple(PaperComparison(paper, tuple(compare(figure, rows) for figure in paper.figures)) for paper in papers)


def compare(figure: Figure, rows: Rows) -> Comparison:
    """Hold one figure against result rows by scenario and solver."""
    numbers = [(value, measure_value(value, rows)) for value in figure.values]
    orders = [(order, measure_order(order, rows)) for order in figure.orders]
    lines = [_value_line(value, measured) for value, measured in numbers]
    tests = {number: measured.test for number, (_, measured) in enumerate(orders) if measured.test}
    adjusted = np.full(len(orders), np.nan)
    adjusted[list(tests)] = statistics.adjusted_p_values(list(tests.values()))
    claimed = formats.MISSING if figure.is_finding else "claimed"
    lines += [_order_line(order, measured, p, len(tests), claimed) for (order, measured), p in zip(orders, adjusted)]
    return Comparison(figure, tuple(lines))


def _value_line(value: Value, measured: Measured) -> Line:
    published = formats.MISSING
    if value.published is not None:
        published = f"{'at least ' * value.at_least}{value.published:,g} {value.unit}".rstrip()
    verdict = judge_value(value, measured)
    decimals = formats.decimals_for([measured.estimate.value])
    notes = [value.reason if verdict in (Verdict.UNDERSPECIFIED, Verdict.MISSING) else ""]
    if verdict is Verdict.NOT_REPRODUCED and value.published is not None:
        better = direction_of(value) * (measured.estimate.value - value.published) > 0.0
        notes.append("ours is better" if better else "ours is worse")
    return Line(
        name=value.name,
        published=published,
        ours=formats.number(measured.estimate.value, decimals, value.unit),
        interval=formats.interval(measured.estimate, decimals),
        size=_size(measured),
        verdict=verdict,
        note="; ".join(filter(None, (*notes, _failures(measured)))),
    )


def _order_line(order: Order, measured: Measured, adjusted: float, orders: int, claimed: str) -> Line:
    verdict = judge_order(order, measured, adjusted)
    notes = [order.reason if verdict in (Verdict.UNDERSPECIFIED, Verdict.MISSING) else ""]
    if measured.instances:
        notes.append("too few instances to tell" if too_few(measured, orders) else _p_text(adjusted))
    decimals = formats.decimals_for([measured.estimate.value])
    return Line(
        name=order.name,
        published=claimed,
        ours=f"by {formats.number(measured.estimate.value, decimals)}" if measured.instances else formats.MISSING,
        interval=formats.interval(measured.estimate, decimals),
        size=_size(measured),
        verdict=verdict,
        note="; ".join(filter(None, (*notes, _failures(measured)))),
    )


def _p_text(p_value: float) -> str:
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.2g}"


def _size(measured: Measured) -> str:
    if not measured.instances:
        return ""
    trainings = f", {formats.count(measured.trainings, 'training')}" if measured.trainings > 1 else ""
    return f"{formats.count(measured.instances, 'instance')}{trainings}"


def _failures(measured: Measured) -> str:
    return f"{formats.count(measured.failed, 'run')} without legal decisions left out" if measured.failed else ""
