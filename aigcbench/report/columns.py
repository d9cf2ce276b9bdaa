"""The columns of a board: title, explanation, text and sort value; shared by the terminal and the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from aigcbench.report import formats
from aigcbench.report.board import Board, Standing
from aigcbench.report.column import Column
from aigcbench.report.cost_columns import cost_columns, statuses_text
from aigcbench.report.quality_columns import metric_title, quality_columns

__all__ = [
    "CLASSES",
    "Column",
    "LegendEntry",
    "columns_of",
    "legend_of",
    "metric_title",
    "rank_of",
    "rank_title",
    "statuses_text",
]

CLASSES = {
    "online": "sees the past and the current request, as an operator does",
    "informed": "online, and told the utility and delay of the current request for every action",
    "clairvoyant": "sees the whole instance; no operator can, it shows what there is to gain",
}


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
        for column in (*quality_columns(board), *cost_columns())
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
