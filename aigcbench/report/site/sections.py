"""The parts of a scenario's page: boards that share scenario and limits, on one axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from aigcbench.report import formats, plot
from aigcbench.report.board import Board
from aigcbench.report.site import addresses


@dataclass(frozen=True)
class Section:
    """The boards of one scenario under one set of limits.

    Parameters
    ----------
    number
        Of the section on its page, from 1.
    boards
        One per information class, in order of the classes.
    axis
        On which all of them are drawn.
    """

    number: int
    boards: tuple[Board, ...]
    axis: plot.Axis

    @property
    def head(self) -> Board:
        """The board that speaks for the section: the one with the most instances."""
        return max(self.boards, key=lambda board: board.instances)

    @property
    def page(self) -> str:
        """Where it stands."""
        return addresses.scenario_page(self.head.scenario)

    @property
    def ranked(self) -> int:
        """Number of solvers that ran every instance of their class."""
        return sum(standing.position is not None for board in self.boards for standing in board.standings)

    @property
    def limits_key(self) -> tuple[float, float, int]:
        """Wall clock (s), memory (MB) and threads."""
        return self.head.wall_limit_s, self.head.memory_limit_mb, self.head.threads

    @property
    def limits(self) -> str:
        """Time, memory and threads in words."""
        head = self.head
        memory, threads = formats.memory(head.memory_limit_mb), formats.count(head.threads, "thread")
        return f"{formats.duration(head.wall_limit_s)}, {memory}, {threads}"

    def of_class(self, information: str) -> Board | None:
        """The board of an information class, if there is one."""
        return next((board for board in self.boards if board.information == information), None)

    def anchor(self, name: str) -> str:
        """An id on the page, e.g. ``online``; ``online-2`` in a second section."""
        return name if self.number == 1 else f"{name}-{self.number}"


def sections_of(boards: Sequence[Board]) -> list[Section]:
    """The sections of all scenarios, in the order of the boards."""
    sections = []
    for _, of_scenario in groupby(boards, key=lambda board: board.scenario):
        limits = groupby(of_scenario, key=lambda board: (board.wall_limit_s, board.memory_limit_mb, board.threads))
        for number, (_, members) in enumerate(limits, start=1):
            together = tuple(members)
            sections.append(Section(number, together, plot.axis_of(together)))
    return sections
