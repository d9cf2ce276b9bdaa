"""Performance profiles over the gap to the best known score."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np

from aigcbench.report.charts.building import ticked_axis
from aigcbench.report.charts.figure import Figure
from aigcbench.report.charts.lines import Axes, curves, line_chart
from aigcbench.report.charts.panel import Panel
from aigcbench.report.statistics.anytime import relative_gap
from aigcbench.report.statistics.profiles import within

POINTS = 48
SMALLEST, LARGEST = 1e-4, 10.0
"""Gaps between which a profile is drawn."""


def performance_profile(panels: Sequence[Panel]) -> Figure | None:
    """Share of instances that each solver solves within a gap, over the gap."""
    if not panels:
        return None
    gaps = {(panel.board.information, label): _gaps(panel, label) for panel in panels for label in panel.runs}
    finite = np.concatenate([values[np.isfinite(values)] for values in gaps.values()])
    widest = float(np.clip(finite.max(initial=0.0) * 1.1, 0.01, LARGEST))
    tolerances = np.concatenate([[0.0], np.geomspace(SMALLEST, widest, POINTS - 1)])

    def values_of(panel: Panel, label: str) -> np.ndarray:
        return panel.averaged(label, within(gaps[panel.board.information, label], tolerances))

    data = curves(panels, tolerances, values_of)
    title = "Performance profile"
    ticks = [tick for tick in (0.0, 0.001, 0.01, 0.1, 1.0, 10.0) if tick <= widest]
    axes = Axes(
        x_title="Gap to the best known score of the instance",
        x_scale=alt.Scale(type="symlog", constant=10 * SMALLEST, domain=[0.0, widest], nice=False),
        x_axis=ticked_axis(ticks, format=".1~%"),
        x_format=".2~%",
        y_title="Share of instances",
        y_scale=alt.Scale(domain=[0.0, 1.0]),
        y_axis=alt.Axis(format=".0%"),
    )
    return Figure(
        key="profile",
        title=title,
        explanation="Share of instances on which a solver comes within a given gap of the best score that any solver of any "
        "class reached on the instance, with its 95 % band. Higher is better; where a line starts, at a gap of 0, is how "
        "often the solver is the best of all. A run without legal decisions is within no gap. A click in a legend brings "
        "a solver forward.",
        data=data,
        chart=line_chart(data, panels, title, axes),
    )


def _gaps(panel: Panel, label: str) -> np.ndarray:
    """Gap of each run to the best known score of its instance, inf without legal decisions."""
    runs = panel.runs[label]
    gaps = relative_gap(runs["primary"].to_numpy(float), runs["best_known"].to_numpy(float))
    return np.where(runs["scored"], gaps, np.inf)
