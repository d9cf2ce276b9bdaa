"""One column of a board."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from aigcbench.report.board import Standing


def no_detail(standing: Standing) -> str:
    """Nothing beside the value."""
    return ""


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
        One or two sentences for the legend.
    better
        Whether ``up`` or ``down`` is good: how a first click sorts.
    value
        What it sorts by.
    text, detail
        What is shown.
    mixed
        Whether its texts have other units from row to row, so that they tell no order.
    shown
        Whether it is shown before a reader chooses columns.
    """

    key: str
    title: str
    short: str
    explanation: str
    better: Literal["up", "down"]
    value: Callable[[Standing], float]
    text: Callable[[Standing], str]
    detail_title: str = ""
    detail: Callable[[Standing], str] = no_detail
    mixed: bool = False
    shown: bool = True
