"""One column of a board."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from aigcbench.report import formats
from aigcbench.report.board import Standing
from aigcbench.report.statistics import Estimate


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


def share_column(
    key: str,
    *,
    value: Callable[[Standing], float],
    decimals: int = 1,
    better: Literal["up", "down"] = "down",
    **more: Any,
) -> Column:
    """A column of shares, shown in per cent; ``more`` are the other parameters of `Column`."""
    return Column(key, value=value, text=lambda s: formats.share(value(s), decimals), better=better, **more)


def duration_column(key: str, *, value: Callable[[Standing], float], **more: Any) -> Column:
    """A column of times (s), each shown in the unit that suits it, the shorter the better."""
    return Column(key, value=value, text=lambda s: formats.duration(value(s)), better="down", mixed=True, **more)


def estimate_column(
    key: str, *, estimate: Callable[[Standing], Estimate], decimals: int, unit: str, **more: Any
) -> Column:
    """A column of estimates with their intervals."""
    return Column(
        key,
        value=lambda s: estimate(s).value,
        text=lambda s: formats.number(estimate(s).value, decimals, unit),
        detail_title="95 % CI",
        detail=lambda s: formats.interval(estimate(s), decimals),
        **more,
    )
