"""The columns of a board: title, explanation, text and sort value; shared by the terminal and the page."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from aigcbench.report import formats
from aigcbench.report.leaderboard import Board, Standing
from aigcbench.score import Metric

CLASSES = {
    "online": "sees the past and the current request, as an operator does",
    "informed": "online, and told the utility and delay of the current request for every action",
    "clairvoyant": "sees the whole instance; no operator can, it shows what there is to gain",
}


@dataclass(frozen=True)
class Column:
    """One column of a board.

    Parameters
    ----------
    key
        Names the column in markup.
    title, detail_title
        Of the value and of the smaller value that stands with it (``""`` for none).
    short
        The title where room is scarce.
    explanation
        One sentence for the legend.
    better
        Whether ``up`` or ``down`` is good: how a first click sorts.
    value
        What it sorts by.
    text, detail
        What is shown.
    """

    key: str
    title: str
    short: str
    detail_title: str
    explanation: str
    better: Literal["up", "down"]
    value: Callable[[Standing], float]
    text: Callable[[Standing], str]
    detail: Callable[[Standing], str]


@dataclass(frozen=True)
class LegendEntry:
    """A column's explanation: one text, or one per formulation where they differ."""

    key: str
    title: str
    detail_title: str
    texts: dict[str, str]


def legend_of(boards: Sequence[Board]) -> list[LegendEntry]:
    """Explain every column that stands on any of the boards; a text that holds for all formulations has the key ``""``."""
    found: dict[str, list[tuple[str, Column]]] = {}
    for board in boards:
        for column in columns_of(board):
            found.setdefault(column.key, []).append((board.formulation, column))
    entries = []
    for key, uses in found.items():
        titles = list(dict.fromkeys(column.title for _, column in uses))
        texts = {formulation: column.explanation for formulation, column in uses}
        alike = len(set(texts.values())) == 1
        texts = {"": uses[0][1].explanation} if alike else texts
        entries.append(LegendEntry(key, ", ".join(titles), uses[0][1].detail_title, texts))
    return entries


def columns_of(board: Board, beside: Sequence[Board] = ()) -> list[Column]:
    """The columns, after rank and solver, that a board or one of those ``beside`` it can fill, so that they line up."""
    standings = [standing for each in (board, *beside) for standing in each.standings]
    return [
        column
        for column in (_primary(board), *_quality(board), *_cost())
        if column.key in ("primary", "solved") or any(math.isfinite(column.value(s)) for s in standings)
    ]


def rank_of(standing: Standing, board: Board) -> str:
    """The tier, with ``=`` where it is shared; the place by mean where there are no tiers; ``–`` if unranked."""
    if standing.position is None:
        return formats.MISSING
    if standing.tier is None:
        return str(standing.position)
    shared = sum(other.tier == standing.tier for other in board.standings) > 1
    return f"{standing.tier}{'=' if shared else ''}"


def rank_title(board: Board) -> str:
    """``Tier`` where solvers were tested against each other, else ``Place``."""
    return "Tier" if any(standing.tier is not None for standing in board.standings) else "Place"


def statuses_text(standing: Standing) -> str:
    """What did not end well, e.g. ``1 timeout, 2 crash``; empty if all is well."""
    return ", ".join(f"{n} {status}" for status, n in standing.statuses.items() if status != "ok")


def metric_title(metric: Metric) -> str:
    """A metric's name as a heading."""
    return metric.name.replace("_", " ").capitalize()


def _primary(board: Board) -> Column:
    metric = board.headline.primary
    decimals = formats.decimals_for(standing.primary.value for standing in board.standings)
    best = "higher" if metric.direction == "up" else "lower"
    return Column(
        "primary",
        metric_title(metric),
        metric_title(metric),
        "95 % CI",
        f"{metric.description}{f' ({metric.unit})' if metric.unit else ''}; {best} is better. "
        "Mean over instances and its 95 % bootstrap interval; a run without a score counts as the worst.",
        metric.direction,
        lambda s: s.primary.value,
        lambda s: formats.number(s.primary.value, decimals, metric.unit),
        lambda s: formats.interval(s.primary, decimals),
    )


def _quality(board: Board) -> list[Column]:
    headline, standings = board.headline, board.standings
    columns = [
        Column(
            "normalised",
            "Norm.",
            "Norm.",
            "",
            f"Where the mean lies between {headline.reference_solver} (0) and the bound (1), on the same instances.",
            "up",
            lambda s: s.normalised,
            lambda s: formats.number(s.normalised, 3),
            lambda s: "",
        ),
        Column(
            "gap",
            "Gap",
            "Gap",
            "",
            "Mean relative distance to the proven bound: |score - bound| / |bound|. Nothing can have a negative gap.",
            "down",
            lambda s: s.gap,
            lambda s: formats.share(s.gap),
            lambda s: "",
        ),
    ]
    if headline.crash_rate:
        columns.append(
            Column(
                "crash",
                "Crash rate",
                "Crash",
                "",
                f"{headline.crash_rate.description}. A run without a score counts 100 %.",
                "down",
                lambda s: s.crash_rate,
                lambda s: formats.share(s.crash_rate),
                lambda s: "",
            )
        )
    delay, tail = headline.delay, headline.tail_delay
    if delay or tail:
        decimals = formats.decimals_for([s.delay for s in standings] + [s.tail_delay for s in standings])
        metrics = [metric for metric in (delay, tail) if metric]
        columns.append(
            Column(
                "delay",
                "Delay" if delay else "Tail delay",
                "Delay" if delay else "Tail",
                "p95" if delay and tail else "",
                "; ".join(metric.description for metric in metrics) + ". Runs with a score only.",
                "down",
                lambda s: s.delay if delay else s.tail_delay,
                lambda s: formats.number(s.delay if delay else s.tail_delay, decimals, metrics[0].unit),
                lambda s: formats.number(s.tail_delay, decimals, metrics[0].unit) if delay and tail else "",
            )
        )
    return columns


def _cost() -> list[Column]:
    return [
        Column(
            "latency",
            "Decision",
            "p50",
            "p99",
            "Time per decision: median, and 99th percentile below; means over runs. Planners decide all at once.",
            "down",
            lambda s: s.decision_p50_s,
            lambda s: formats.duration(s.decision_p50_s),
            lambda s: formats.duration(s.decision_p99_s),
        ),
        Column(
            "wall",
            "Run time",
            "Run",
            "peak memory",
            "Wall time of a whole run, mean over runs, and the largest memory of its process tree. "
            "~ marks times taken while other runs were going on.",
            "down",
            lambda s: s.wall_seconds,
            lambda s: ("" if s.timed else "~") + formats.duration(s.wall_seconds),
            lambda s: formats.memory(s.peak_memory_mb),
        ),
        Column(
            "training",
            "Training",
            "Train",
            "seeds",
            "Processor time spent on one training, before any of the runs, and the number of trainings, each with a seed of its "
            "own; means and intervals are over all of them.",
            "down",
            lambda s: s.training_cpu_seconds,
            lambda s: formats.duration(s.training_cpu_seconds),
            lambda s: f"{s.trainings} seed{'' if s.trainings == 1 else 's'}" if s.trainings else "",
        ),
        Column(
            "solved",
            "Solved",
            "Solved",
            "",
            "Runs that delivered legal decisions, of all runs, and how the others ended. "
            "A run stopped at a limit is judged by its best decisions until then.",
            "up",
            lambda s: s.scored / s.runs if s.runs else math.nan,
            lambda s: f"{s.scored}/{s.runs}",
            statuses_text,
        ),
    ]
