"""Who leads a board, by how much, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aigcbench.report import formats
from aigcbench.report.board import Board, Standing

Certainty = Literal["clear", "tie", "untested", "alone", "none"]


@dataclass(frozen=True)
class Lead:
    """The first place of a board.

    Parameters
    ----------
    first
        The solver that has it, None where nobody ran every instance.
    certainty
        ``clear``: significantly better than every other. ``tie``: others cannot be told from it. ``untested``: too few
        instances to tell. ``alone``: nobody else is ranked.
    verdict
        The certainty in a few words.
    margin
        By how much it is ahead, with the interval.
    """

    first: Standing | None
    certainty: Certainty
    verdict: str
    margin: str


def lead_of(board: Board) -> Lead:
    """The lead of a board's first solver."""
    ranked = [standing for standing in board.standings if standing.position is not None]
    if not ranked:
        return Lead(None, "none", "nobody ran every instance", "")
    if len(ranked) == 1:
        return Lead(ranked[0], "alone", "nobody else is ranked", "")
    decimals = formats.decimals_for([ranked[0].primary.value])
    ahead = formats.number(board.lead.value, decimals, board.headline.primary.unit)
    margin = f"{ahead} {formats.interval(board.lead, decimals)} ahead of {ranked[1].label}".replace("  ", " ")
    if ranked[0].tier is None:
        words = f"untested, {board.instances} of {board.instances_needed} instances"
        return Lead(ranked[0], "untested", words, margin)
    tied = sum(standing.tier == 1 for standing in ranked)
    if tied > 1:
        return Lead(ranked[0], "tie", f"tie of {tied}", margin)
    return Lead(ranked[0], "clear", "clear win", margin)
