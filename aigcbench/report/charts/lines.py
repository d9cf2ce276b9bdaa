"""Step curves with bands, one panel per information class, one colour and line pattern per solver."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from aigcbench.report import formats
from aigcbench.report.charts.building import WIDTH, embedded, log_axis, rounded, title_of
from aigcbench.report.charts.panel import Panel
from aigcbench.report.leaderboard import Board
from aigcbench.report.statistics import Band, mean_curves

SEED = 20240
"""Of every bootstrap, so that a chart depends on its rows only."""
PANEL_HEIGHT = 200
PATTERNS = ([1, 0], [6, 2], [2, 2], [8, 2, 2, 2])
"""Line patterns: on and off in pixels."""
CURVE = ("x", "value", "low", "high")
CURVE_DIGITS = 4
COLOURS = 8
"""After so many solvers colours come again, with another pattern."""


def curves(panels: Sequence[Panel], points: np.ndarray, values_of: Callable[[Panel, str], np.ndarray]) -> pd.DataFrame:
    """Mean curve of each solver with its 95 % band: columns information, solver, x, value, low, high.

    Parameters
    ----------
    points
        Where the curves are known, shape (points,).
    values_of
        Trainings x instances x points of a solver of a panel.
    """
    frames = []
    for panel in panels:
        bands = mean_curves([values_of(panel, label) for label in panel.runs], np.random.default_rng(SEED))
        frames += [_frame(panel, label, points, band) for label, band in zip(panel.runs, bands)]
    return pd.concat(frames, ignore_index=True)


@dataclass(frozen=True)
class Axes:
    """Where the fields ``x`` and ``value`` go.

    Parameters
    ----------
    x_title, x_scale, x_axis, x_format
        Of the horizontal axis; ``x_format`` is that of tooltips.
    y_title, y_scale, y_axis
        Of the vertical axis, which shows a share.
    limit
        Where the wall limit is marked (s), None where the horizontal axis is no time.
    """

    x_title: str
    x_scale: alt.Scale
    x_axis: alt.Axis
    x_format: str
    y_title: str
    y_scale: alt.Scale
    y_axis: alt.Axis
    limit: float | None = None


def line_chart(data: pd.DataFrame, panels: Sequence[Panel], title: str, axes: Axes) -> alt.TopLevelMixin:
    """Panels below each other; a click in a legend brings a solver forward. ``data`` is as `curves` gives it."""
    charts = []
    for number, panel in enumerate(panels):
        own = data[data["information"] == panel.board.information].drop(columns="information")
        last = number == len(panels) - 1
        charts.append(_layers(own, panel, axes, x_title=axes.x_title if last else None))
    independent = alt.Resolve(scale=alt.LegendResolveMap(color="independent", strokeDash="independent"))
    return alt.vconcat(*charts, resolve=independent, title=title_of(title, panels[0].board))


def packed(data: pd.DataFrame) -> alt.InlineData:
    """One record for each solver, with a list for each column of its curve: a third of the text of a record for each point."""
    records = [
        {"solver": solver, **{name: rounded(own[name], CURVE_DIGITS) for name in CURVE}}
        for solver, own in data.groupby("solver", sort=False)
    ]
    return alt.InlineData(values=records)


def time_axes(board: Board, first: float, y_title: str, y_scale: alt.Scale, y_axis: alt.Axis) -> Axes:
    """Seconds since the start of a run, from ``first`` to a little beyond the wall limit, logarithmic."""
    last = board.wall_limit_s * 1.05
    return Axes(
        x_title="Time since the start of the run",
        x_scale=alt.Scale(type="log", domain=[first, last], nice=False),
        x_axis=log_axis(first, last, "s"),
        x_format=".3~s",
        y_title=y_title,
        y_scale=y_scale,
        y_axis=y_axis,
        limit=board.wall_limit_s,
    )


def time_grid(first: float, limit: float, points: int) -> np.ndarray:
    """Times (s) from just before the first change to the limit, equally far apart on a logarithmic axis."""
    return np.geomspace(min(max(first, limit * 1e-5) * 0.9, limit / 10.0), limit, points)


def _frame(panel: Panel, label: str, points: np.ndarray, band: Band) -> pd.DataFrame:
    """A curve without the points at which nothing changes, its ends kept."""
    columns = np.column_stack([band.value, band.low, band.high])
    changes = np.any(~np.isclose(columns[1:], columns[:-1], rtol=0.0, atol=1e-6, equal_nan=True), axis=1)
    kept = np.concatenate([[True], changes])
    kept[-1] = True
    frame = pd.DataFrame(columns[kept], columns=["value", "low", "high"])
    frame.insert(0, "x", points[kept])
    frame.insert(0, "solver", label)
    frame.insert(0, "information", panel.board.information)
    return frame


def _layers(data: pd.DataFrame, panel: Panel, axes: Axes, x_title: str | None) -> alt.LayerChart | alt.FacetChart:
    labels, information = list(panel.runs), panel.board.information
    patterns = [PATTERNS[(n + n // COLOURS) % len(PATTERNS)] for n in range(len(labels))]
    picked = alt.selection_point(name=f"picked_{information}", fields=["solver"], bind="legend")
    across = alt.X("x:Q", title=x_title, scale=axes.x_scale, axis=axes.x_axis)
    up = alt.Y("value:Q", title=axes.y_title, scale=axes.y_scale, axis=axes.y_axis)
    legend = alt.Legend(title=information, symbolType="stroke", symbolOpacity=1.0, symbolSize=225)
    colour = alt.Color("solver:N", scale=alt.Scale(domain=labels), legend=legend)
    pattern = alt.StrokeDash("solver:N", scale=alt.Scale(domain=labels, range=patterns), legend=legend)
    details = [
        alt.Tooltip("solver:N", title="Solver"),
        alt.Tooltip("x:Q", title=axes.x_title, format=axes.x_format),
        alt.Tooltip("value:Q", title=axes.y_title, format=".1%"),
        alt.Tooltip("low:Q", title="95 % from", format=".1%"),
        alt.Tooltip("high:Q", title="to", format=".1%"),
    ]
    base = alt.Chart(packed(data)).transform_flatten(list(CURVE))
    touched = alt.OverlayMarkDef(fillOpacity=0.0, strokeOpacity=0.0, size=80)
    bright = alt.Opacity(condition={"param": picked.name, "value": 1.0}, value=0.15)
    layers = [
        base.mark_area(interpolate="step-after", fillOpacity=0.12).encode(
            x=across, color=colour, y="low:Q", y2="high:Q"
        ),
        base.mark_line(interpolate="step-after", point=touched)
        .encode(x=across, color=colour, y=up, strokeDash=pattern, opacity=bright, tooltip=details)
        .add_params(picked),
    ]
    if axes.limit is not None:
        marked = pd.DataFrame([{"x": axes.limit, "name": f"limit {formats.duration(axes.limit)}"}])
        limit = alt.Chart(embedded(marked)).encode(x=across)
        layers.append(limit.mark_rule(strokeDash=[4, 3]))
        layers.append(limit.mark_text(align="right", baseline="top", dx=-4).encode(y=alt.value(2), text="name:N"))
    return alt.layer(*layers, width=WIDTH, height=PANEL_HEIGHT, name=f"panel_{information}")
