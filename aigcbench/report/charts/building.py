"""What the charts share: embedded data, axes on which better is up, limits in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt
import pandas as pd

from aigcbench.report import formats
from aigcbench.report.columns import metric_title
from aigcbench.report.leaderboard import Board

WIDTH, HEIGHT = 520, 280
DIGITS = 6
"""Significant digits of embedded numbers: enough to draw, and the same on every processor."""


def embedded(frame: pd.DataFrame) -> pd.DataFrame:
    """A table as a chart carries it: numbers rounded, so that they are the same on every processor."""
    numbers = frame.select_dtypes("float")
    return frame.assign(**{str(name): [float(f"{value:.{DIGITS}g}") for value in numbers[name]] for name in numbers})


def rounded(values: Iterable[float], digits: int) -> list[float | None]:
    """Numbers as a list that a chart carries: rounded, None for NaN, whole ones without a point."""
    numbers = (float(f"{value:.{digits}g}") for value in values)
    return [None if math.isnan(number) else int(number) if number.is_integer() else number for number in numbers]


def score_title(board: Board) -> str:
    """Name, unit and good direction of the primary score."""
    metric = board.headline.primary
    unit = f" ({metric.unit})" if metric.unit else ""
    return f"{metric_title(metric)}{unit}, {'higher' if metric.direction == 'up' else 'lower'} is better"


def score_axis(board: Board, field: str) -> alt.Y:
    """The primary score upwards, turned around where lower is better, so that better is always up."""
    scale = alt.Scale(zero=False, nice=True, reverse=board.headline.sign < 0)
    return alt.Y(f"{field}:Q", title=score_title(board), scale=scale)


def log_axis(low: float, high: float, unit: str) -> alt.Axis:
    """A logarithmic axis from ``low`` to ``high``, with the fewer ticks per decade the more decades there are."""
    span = math.log10(high / low)
    steps = (1, 2, 3, 5, 7) if span < 1.5 else (1, 2, 5) if span < 3.0 else (1,)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [tick for decade in decades for step in steps if low <= (tick := float(f"{step}e{decade}")) <= high]
    return ticked_axis(ticks, labelExpr=f"format(datum.value, '~s') + '{unit}'")


def ticked_axis(ticks: Sequence[float], **options: Any) -> alt.Axis:
    """An axis with exactly these ticks, which Vega would thin out by their number otherwise."""
    return alt.Axis(values=list(ticks), tickCount=len(ticks), **options)


def limits_text(board: Board) -> str:
    """Number of instances and limits, for a subtitle."""
    return ", ".join(
        [
            formats.count(board.instances, "instance"),
            f"limit {formats.duration(board.wall_limit_s)}",
            formats.memory(board.memory_limit_mb),
            formats.count(board.threads, "thread"),
        ]
    )


def title_of(text: str, board: Board) -> alt.TitleParams:
    """A chart's title, with scenario and limits below."""
    return alt.TitleParams(text=text, subtitle=f"{board.scenario}: {limits_text(board)}")
