"""The columns that tell how good a solver's decisions are."""

from __future__ import annotations

from aigcbench.report import formats
from aigcbench.report.board import Board, Standing
from aigcbench.report.column import Column
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
        Column(
            key="primary",
            title=metric_title(metric),
            short=metric_title(metric),
            detail_title="95 % CI",
            explanation=f"{metric.description}{f' ({metric.unit})' if metric.unit else ''}; {best} is better. "
            "Mean over instances and its 95 % bootstrap interval; a run without a score counts as the worst.",
            better=metric.direction,
            value=lambda s: s.primary.value,
            text=lambda s: formats.number(s.primary.value, decimals, metric.unit),
            detail=lambda s: formats.interval(s.primary, decimals),
        ),
        Column(
            key="iqm",
            title="Interquartile mean",
            short="IQM",
            detail_title="95 % CI",
            explanation="Mean of the middle half of the scores, which neither the easiest nor the hardest instances rule, "
            "and its 95 % bootstrap interval.",
            better=metric.direction,
            value=lambda s: s.interquartile_mean.value,
            text=lambda s: formats.number(s.interquartile_mean.value, decimals, metric.unit),
            detail=lambda s: formats.interval(s.interquartile_mean, decimals),
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
        Column(
            key="gap",
            title="Gap",
            short="Gap",
            explanation="Mean relative distance to the proven bound: |score - bound| / |bound|. Nothing can have a negative "
            "gap.",
            better="down",
            value=lambda s: s.gap,
            text=lambda s: formats.share(s.gap),
        ),
        Column(
            key="geometric",
            title="Geometric gap",
            short="Geo.",
            detail_title="common",
            explanation="Shifted geometric mean (shift 1 %) of the gap, failures with the gap of the worst score; below, over "
            "the instances that every solver of the class solved.",
            better="down",
            value=lambda s: s.geometric_gap,
            text=lambda s: formats.share(s.geometric_gap),
            detail=lambda s: formats.share(s.common_gap),
            shown=False,
        ),
    ]


def _crashes(board: Board) -> list[Column]:
    metric = board.headline.crash_rate
    if metric is None:
        return []
    return [
        Column(
            key="crash",
            title="Crash rate",
            short="Crash",
            explanation=f"{metric.description}. A run without a score counts 100 %.",
            better="down",
            value=lambda s: s.crash_rate,
            text=lambda s: formats.share(s.crash_rate),
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
        Column(
            key="improvement",
            title="Beats the next",
            short="Beats",
            detail_title="95 % CI",
            explanation="Share of instances on which it is better than the solver below it, a tie counting half (the "
            "probability of improvement), and its 95 % bootstrap interval.",
            better="up",
            value=lambda s: s.improvement.value,
            text=lambda s: formats.share(s.improvement.value, 0),
            detail=lambda s: formats.share_interval(s.improvement),
        ),
        Column(
            key="primal-integral",
            title="Primal integral",
            short="Primal",
            explanation="Distance to the best known score, averaged over the time limit: 0 % is at once the best known, 100 % "
            "nothing until the limit (Berthold 2013).",
            better="down",
            value=lambda s: s.primal_integral,
            text=lambda s: formats.share(s.primal_integral),
        ),
    ]
