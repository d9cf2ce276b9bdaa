"""What the charts share: embedded data, axes on which better is up, limits in words."""

from __future__ import annotations

import math
from typing import Any

import altair as alt
import pandas as pd

from aigcbench.report import formats
from aigcbench.report.columns import metric_title
from aigcbench.report.leaderboard import Board

WIDTH, HEIGHT = 520, 280
DIGITS = 6
"""Significant digits of embedded numbers: enough to draw, and the same on every processor."""


def embedded(frame: pd.DataFrame) -> alt.InlineData:
    """The rows of a table as part of the specification; numbers rounded, unknown ones null."""
    rows = [{str(key): _plain(value) for key, value in row.items()} for row in frame.to_dict("records")]
    return alt.InlineData(values=rows)


def score_title(board: Board) -> str:
    """Name, unit and good direction of the primary score."""
    metric = board.headline.primary
    unit = f" ({metric.unit})" if metric.unit else ""
    return f"{metric_title(metric)}{unit}, {'higher' if metric.direction == 'up' else 'lower'} is better"


def score_axis(board: Board, field: str) -> alt.Y:
    """The primary score upwards, turned around where lower is better, so that better is always up."""
    scale = alt.Scale(zero=False, nice=True, reverse=board.headline.sign < 0)
    return alt.Y(f"{field}:Q", title=score_title(board), scale=scale)


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


def _plain(value: Any) -> Any:
    """A value that JSON knows."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value
