"""Quality against what it costs: decision latency and training."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

import altair as alt
import pandas as pd

from aigcbench.report import formats
from aigcbench.report.charts.building import HEIGHT, WIDTH, embedded, log_axis, score_axis, title_of
from aigcbench.report.charts.figure import Figure
from aigcbench.report.leaderboard import Board, Standing
from aigcbench.solver import INFORMATION

LABEL_OFFSET = 7


def quality_against_latency(boards: Sequence[Board]) -> Figure | None:
    """Mean score against the median time per decision, for solvers that decide request by request."""
    data = _points(boards, lambda standing: standing.decision_p50_s)
    if data.empty:
        return None
    title = "Quality against decision latency"
    return Figure(
        key="quality-latency",
        title=title,
        explanation="Mean score with its 95 % interval against the median time per decision, on a logarithmic axis. The line "
        "is the Pareto front of an information class: nobody of the class is both better and quicker than those on it; the "
        "best is named. Planners, which decide all at once, have no decision latency and are left out.",
        data=data,
        chart=_scatter(data, boards[0], title, "Time per decision, median"),
    )


def quality_against_training(boards: Sequence[Board]) -> Figure | None:
    """Mean score against the processor time of one training, for solvers that are trained."""
    data = _points(boards, lambda standing: standing.training_cpu_seconds)
    if data.empty:
        return None
    title = "Quality against training cost"
    return Figure(
        key="quality-training",
        title=title,
        explanation="Mean score with its 95 % interval against the processor time of one training, on a logarithmic axis. The "
        "line is the Pareto front of an information class: nobody trained of the class is both better and cheaper to train "
        "than those on it; the best is named.",
        data=data,
        chart=_scatter(data, boards[0], title, "Processor time of one training"),
    )


def _points(boards: Sequence[Board], cost: Callable[[Standing], float]) -> pd.DataFrame:
    """One row per solver that ran every instance and has such a cost, cheapest first within its class."""
    rows = []
    for board in boards:
        ranked = [s for s in board.standings if s.position is not None and cost(s) > 0.0]
        best = -math.inf
        for standing in sorted(ranked, key=lambda s: (cost(s), -board.headline.sign * s.primary.value, s.label)):
            score = board.headline.sign * standing.primary.value
            rows.append(
                {
                    "solver": standing.label,
                    "information": board.information,
                    "cost": cost(standing),
                    "cost_text": formats.duration(cost(standing)),
                    "score": standing.primary.value,
                    "low": standing.primary.low,
                    "high": standing.primary.high,
                    "front": score > best,
                    "name": "",
                }
            )
            best = max(best, score)
        if ranked:
            last = max(n for n, row in enumerate(rows) if row["front"])
            rows[last]["name"] = rows[last]["solver"]
    return pd.DataFrame(rows)


def _scatter(data: pd.DataFrame, board: Board, title: str, cost_title: str) -> alt.TopLevelMixin:
    low, high = data["cost"].min() / 1.5, data["cost"].max() * 1.5
    cost = alt.X(
        "cost:Q",
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        title=cost_title,
        axis=log_axis(low, high, "s"),
    )
    score = score_axis(board, "score")
    present = [name for name in INFORMATION if name in set(data["information"])]
    legend = alt.Legend(title="Information class", symbolOpacity=1.0, values=present)
    colour = alt.Color("information:N", scale=alt.Scale(domain=list(INFORMATION), range="ordinal"), legend=legend)
    shape = alt.Shape("information:N", scale=alt.Scale(domain=list(INFORMATION)), legend=legend)
    details = [
        alt.Tooltip("solver:N", title="Solver"),
        alt.Tooltip("information:N", title="Information class"),
        alt.Tooltip("score:Q", title="Mean score", format=",.4~g"),
        alt.Tooltip("low:Q", title="95 % from", format=",.4~g"),
        alt.Tooltip("high:Q", title="to", format=",.4~g"),
        alt.Tooltip("cost_text:N", title=cost_title),
    ]
    base = alt.Chart(embedded(data)).encode(x=cost, color=colour)
    on_front = base.transform_filter("datum.front")
    layers = (
        on_front.mark_line(interpolate="step-after", strokeOpacity=0.5).encode(y=score),
        base.mark_rule(strokeOpacity=0.5, strokeWidth=3).encode(y=alt.Y("low:Q"), y2="high:Q"),
        base.mark_point(filled=True, size=70, opacity=1.0).encode(y=score, shape=shape, tooltip=details),
        _names(on_front, score, f"datum.information == '{INFORMATION[0]}'", "right"),
        _names(on_front, score, f"datum.information != '{INFORMATION[0]}'", "left"),
    )
    return alt.layer(*layers, width=WIDTH, height=HEIGHT, title=title_of(title, board))


def _names(on_front: alt.Chart, score: alt.Y, chosen: str, align: Literal["left", "right"]) -> alt.Chart:
    """The names of the best; those of the first class end at their point, since the best of two classes are often as good."""
    offset = LABEL_OFFSET if align == "left" else -LABEL_OFFSET
    names = on_front.transform_filter(chosen).mark_text(align=align, baseline="bottom", dx=offset, dy=-2)
    return names.encode(y=score, text="name:N")
