"""The columns that tell how good a solver's decisions are."""

from __future__ import annotations

from aigcbench.report import formats
from aigcbench.report.board import Board, Standing
from aigcbench.report.column import Column, estimate_column, share_column
from aigcbench.score import Metric


def metric_title(metric: Metric) -> str:
    """A metric's name as a heading."""
    return metric.name.replace("_", " ").capitalize()


def quality_columns(board: Board) -> list[Column]:
    """The primary score first."""
    return [
        *_score(board),
        _normalised(board),
        *_gaps(),
        *_crashes(board),
        *_delays(board),
        *_comparisons(),
    ]


def _score(board: Board) -> list[Column]:
    metric = board.headline.primary
    decimals = formats.decimals_for(standing.primary.value for standing in board.standings)
    best = "higher" if metric.direction == "up" else "lower"
    return [
        estimate_column(
            "primary",
            title=metric_title(metric),
            short=metric_title(metric),
            explanation=f"{metric.description}{f' ({metric.unit})' if metric.unit else ''}; {best} is better. "
            "Mean over instances and its 95 % bootstrap interval; a run without a score counts as the worst.",
            better=metric.direction,
            estimate=lambda s: s.primary,
            decimals=decimals,
            unit=metric.unit,
        ),
        estimate_column(
            "iqm",
            title="Interquartile mean",
            short="IQM",
            explanation="Mean of the middle half of the scores, which neither the easiest nor the hardest instances rule, "
            "and its 95 % bootstrap interval.",
            better=metric.direction,
            estimate=lambda s: s.interquartile_mean,
            decimals=decimals,
            unit=metric.unit,
            shown=False,
        ),
    ]


def _normalised(board: Board) -> Column:
    return Column(
        key="normalised",
        title="Norm.",
        short="Norm.",
        explanation=f"Where the mean lies between {board.headline.reference_solver} (0) and the bound (1), on the same "
        "instances.",
        better="up",
        value=lambda s: s.normalised,
        text=lambda s: formats.number(s.normalised, 3),
    )


def _gaps() -> list[Column]:
    return [
        share_column(
            "gap",
            title="Gap",
            short="Gap",
            explanation="Mean relative distance to the proven bound: |score - bound| / |bound|. Nothing can have a negative "
            "gap.",
            value=lambda s: s.gap,
        ),
        share_column(
            "geometric",
            title="Geometric gap",
            short="Geo.",
            detail_title="common",
            explanation="Shifted geometric mean (shift 1 %) of the gap, failures with the gap of the worst score; below, over "
            "the instances that every solver of the class solved.",
            value=lambda s: s.geometric_gap,
            detail=lambda s: formats.share(s.common_gap),
            shown=False,
        ),
    ]


def _crashes(board: Board) -> list[Column]:
    metric = board.headline.crash_rate
    if metric is None:
        return []
    return [
        share_column(
            "crash",
            title="Crash rate",
            short="Crash",
            explanation=f"{metric.description}. A run without a score counts 100 %.",
            value=lambda s: s.crash_rate,
        )
    ]


def _delays(board: Board) -> list[Column]:
    delay, tail = board.headline.delay, board.headline.tail_delay
    metrics = [metric for metric in (delay, tail) if metric]
    if not metrics:
        return []
    unit = metrics[0].unit
    decimals = formats.decimals_for(value for s in board.standings for value in (s.delay, s.tail_delay))

    def first(standing: Standing) -> float:
        return standing.delay if delay else standing.tail_delay

    def second(standing: Standing) -> str:
        return formats.number(standing.tail_delay, decimals, unit) if delay and tail else ""

    return [
        Column(
            key="delay",
            title="Delay" if delay else "Tail delay",
            short="Delay" if delay else "Tail",
            detail_title="p95" if delay and tail else "",
            explanation="; ".join(metric.description for metric in metrics) + ". Runs with a score only.",
            better="down",
            value=first,
            text=lambda s: formats.number(first(s), decimals, unit),
            detail=second,
        )
    ]


def _comparisons() -> list[Column]:
    return [
        share_column(
            "improvement",
            title="Beats the next",
            short="Beats",
            detail_title="95 % CI",
            explanation="Share of instances on which it is better than the solver below it, a tie counting half (the "
            "probability of improvement), and its 95 % bootstrap interval.",
            better="up",
            value=lambda s: s.improvement.value,
            decimals=0,
            detail=lambda s: formats.share_interval(s.improvement),
        ),
        share_column(
            "primal-integral",
            title="Primal integral",
            short="Primal",
            explanation="Distance to the best known score, averaged over the time limit: 0 % is at once the best known, 100 % "
            "nothing until the limit (Berthold 2013).",
            value=lambda s: s.primal_integral,
        ),
    ]
