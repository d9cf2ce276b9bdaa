"""The price of information: the best of each class beside each other and beside the bound."""

from __future__ import annotations

import math
from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from aigcbench.report import formats
from aigcbench.report.charts.building import WIDTH, embedded, score_title, title_of
from aigcbench.report.charts.figure import Figure
from aigcbench.report.charts.lines import SEED
from aigcbench.report.charts.panel import Panel
from aigcbench.report.leaderboard import Board
from aigcbench.report.statistics.information import Level, price_of_information
from aigcbench.solver import INFORMATION

BAR = 34
"""Pixels from bar to bar."""


def information_price(panels: Sequence[Panel]) -> Figure | None:
    """Mean score of the best solver of each class, and the mean bound, on the instances that all of them know."""
    if not panels:
        return None
    board = panels[0].board
    widest = max(panels, key=lambda panel: len(panel.instances))
    scores = {panel.board.information: _scores(panel, widest.instances) for panel in panels}
    bounds = (
        pd.concat([runs for panel in panels for runs in panel.runs.values()])
        .groupby("instance_sha256")["bound"]
        .first()
    )
    sign = board.headline.sign
    levels = price_of_information(
        scores, bounds.reindex(widest.instances).to_numpy(float), sign, np.random.default_rng(SEED)
    )
    if len(levels) < 2:
        return None
    data = _data(levels, board)
    title = "Price of information"
    return Figure(
        key="information",
        title=title,
        explanation="Mean score of the best solver of each information class, with its 95 % interval, beside the proven bound: "
        "how much is lost for not knowing more. What is left between the best clairvoyant solver and the bound may lie with "
        "either. Instances that not all of them know are left out.",
        data=data,
        chart=_bars(data, board, title),
    )


def _scores(panel: Panel, instances: pd.Index) -> dict[str, np.ndarray]:
    """Scores of each solver of a class, trainings x instances, in order of all instances."""
    found = {}
    for label, runs in panel.runs.items():
        own = panel.averaged(label, runs["primary"].to_numpy(float))
        found[label] = pd.DataFrame(own, columns=panel.instances).reindex(columns=instances).to_numpy(float)
    return found


def _data(levels: Sequence[Level], board: Board) -> pd.DataFrame:
    unit = board.headline.primary.unit
    decimals = formats.decimals_for(level.score.value for level in levels)
    rows = []
    for level in levels:
        step = formats.number(level.step.value, decimals, unit)
        rows.append(
            {
                "level": level.name,
                "solver": level.solver or "proven",
                "score": level.score.value,
                "low": level.score.low,
                "high": level.score.high,
                "step": level.step.value,
                "step_low": level.step.low,
                "step_high": level.step.high,
                "text": _text(level, decimals, unit),
                "step_text": f"{step} {formats.interval(level.step, decimals)}".strip(),
            }
        )
    return pd.DataFrame(rows)


def _text(level: Level, decimals: int, unit: str) -> str:
    """Solver, score, and by how much it is better than the level before."""
    text = f"{level.solver} {formats.number(level.score.value, decimals, unit)}".strip()
    if math.isnan(level.step.value):
        return text
    way = "better" if level.step.value >= 0.0 else "worse"
    return f"{text}, {formats.number(abs(level.step.value), decimals)} {way}"


def _bars(data: pd.DataFrame, board: Board, title: str) -> alt.TopLevelMixin:
    details = [
        alt.Tooltip("level:N", title="Knows"),
        alt.Tooltip("solver:N", title="Solver"),
        alt.Tooltip("score:Q", title="Mean score", format=",.4~g"),
        alt.Tooltip("low:Q", title="95 % from", format=",.4~g"),
        alt.Tooltip("high:Q", title="to", format=",.4~g"),
        alt.Tooltip("step_text:N", title="Better than the level above by"),
    ]
    level = alt.Y("level:N", sort=list(data["level"]), title=None)
    across = alt.X("score:Q", title=score_title(board), scale=alt.Scale(zero=True))
    colour = alt.Color("level:N", scale=alt.Scale(domain=list(INFORMATION), range="ordinal"), legend=None)
    edges = data[["score", "high"]].max(axis=1)
    base = alt.Chart(embedded(data.assign(edge=edges))).encode(y=level)
    layers = (
        base.transform_filter("datum.level != 'bound'")
        .mark_bar(height=alt.RelativeBandSize(0.55))
        .encode(x=across, color=colour, tooltip=details),
        base.transform_filter("datum.level == 'bound'")
        .mark_bar(height=alt.RelativeBandSize(0.55), style="bound")
        .encode(x=across, tooltip=details),
        base.mark_rule(strokeWidth=2, style="whisker").encode(x=alt.X("low:Q"), x2="high:Q"),
        base.mark_text(align="left", baseline="middle", dx=6).encode(x=alt.X("edge:Q"), text="text:N"),
    )
    return alt.layer(*layers, width=WIDTH, height=BAR * len(data), title=title_of(title, board))
