"""What runs have reached when: anytime curves, and the distribution of run time over targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np

from aigcbench.report.anytime import anytime_curves, have_incumbents
from aigcbench.report.charts.building import ticked_axis
from aigcbench.report.charts.figure import Figure
from aigcbench.report.charts.lines import curves, line_chart, time_axes, time_grid
from aigcbench.report.charts.panel import Panel
from aigcbench.report.statistics.anytime import TARGETS, Anytime, primal_gap
from aigcbench.report.statistics.profiles import reached_by

POINTS = 48


@dataclass(frozen=True)
class Running:
    """The panels in which somebody told incumbents, and every run's best score over time.

    Parameters
    ----------
    panels
        Their panels.
    anytime
        By information class and label: one curve per row, None without legal decisions.
    """

    panels: list[Panel]
    anytime: dict[tuple[str, str], list[Anytime | None]]

    @classmethod
    def of(cls, panels: Sequence[Panel], incumbents: Mapping[str, np.ndarray]) -> Running:
        """From all panels and the incumbents by the key of their row."""
        told = [panel for panel in panels if any(have_incumbents(runs, incumbents) for runs in panel.runs.values())]
        found = {
            (panel.board.information, label): anytime_curves(runs, incumbents, panel.board.headline)
            for panel in told
            for label, runs in panel.runs.items()
        }
        return cls(told, found)

    def of_solver(self, panel: Panel, label: str) -> list[tuple[Anytime | None, float]]:
        """Curve of each row, and the best known score of its instance."""
        return list(zip(self.anytime[panel.board.information, label], panel.runs[label]["best_known"]))

    @property
    def times(self) -> np.ndarray:
        """Where curves are drawn (s)."""
        firsts = [curve.seconds[0] for runs in self.anytime.values() for curve in runs if curve]
        return time_grid(float(min(firsts, default=0.0)), self.panels[0].board.wall_limit_s, POINTS)


def anytime_quality(running: Running) -> Figure | None:
    """Mean primal gap to the best known score over the time of a run."""
    if not running.panels:
        return None
    times = running.times

    def values_of(panel: Panel, label: str) -> np.ndarray:
        gaps = [
            primal_gap(curve.at(times), best) if curve else np.ones(len(times))
            for curve, best in running.of_solver(panel, label)
        ]
        return panel.averaged(label, np.array(gaps))

    data = curves(running.panels, times, values_of)
    title = "Anytime quality"
    axes = time_axes(
        running.panels[0].board,
        times[0],
        y_title="Mean gap to the best known score",
        y_scale=alt.Scale(type="symlog", constant=0.01, domain=[0.0, 1.0]),
        y_axis=ticked_axis([0.0, 0.01, 0.03, 0.1, 0.3, 1.0], format=".0%"),
    )
    return Figure(
        key="anytime",
        title=title,
        explanation="Gap to the best score that any solver of any class reached on the instance, over the time of the run, as "
        "mean over instances with its 95 % band. Lower is better; the gap is 100 % until there are legal decisions, and for "
        "good where there never are any. The dashed line is the time limit.",
        data=data,
        chart=line_chart(data, running.panels, title, axes),
    )


def reached_targets(running: Running) -> Figure | None:
    """Share of (instance, target) pairs that were reached, over the time of a run."""
    if not running.panels:
        return None
    times, targets = running.times, np.array(TARGETS)

    def values_of(panel: Panel, label: str) -> np.ndarray:
        seconds = [
            curve.reached(best, targets) if curve else np.full(len(targets), np.inf)
            for curve, best in running.of_solver(panel, label)
        ]
        return panel.averaged(label, reached_by(np.array(seconds), times))

    data = curves(running.panels, times, values_of)
    title = "Targets reached over time"
    axes = time_axes(
        running.panels[0].board,
        times[0],
        y_title="Share of targets reached",
        y_scale=alt.Scale(domain=[0.0, 1.0]),
        y_axis=alt.Axis(format=".0%"),
    )
    names = ", ".join(f"{100 * target:g}" for target in TARGETS)
    return Figure(
        key="targets",
        title=title,
        explanation=f"Every instance has five targets: gaps of {names} % to the best score that any solver of any class "
        "reached on it. The curve is the share of all pairs of instance and target that a solver has reached by a time, with "
        "its 95 % band. Higher is better, and so is further left. The dashed line is the time limit.",
        data=data,
        chart=line_chart(data, running.panels, title, axes),
    )
