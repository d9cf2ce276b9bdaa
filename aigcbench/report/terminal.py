"""The leaderboard as tables for a terminal, or plain aligned text for a file."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from aigcbench.report import formats
from aigcbench.report.board import Board, Standing
from aigcbench.report.columns import Column, columns_of, rank_of, rank_title, statuses_text

COLUMNS = {
    "primary": True,
    "normalised": False,
    "gap": False,
    "crash": False,
    "delay": False,
    "latency": True,
    "wall": False,
}
"""Columns that fit, and whether their detail gets a column of its own; the page shows all."""
COMPACT = str.maketrans({"µ": "u", "–": "-", " ": None})
DISPENSABLE = ("wall", "delay", "normalised", "latency", "crash", "solved")
"""Columns that a narrow terminal does without, the first one first."""
FULL_WIDTH, COLUMN_WIDTH = 100, 9
SOLVER_WIDTH = 12
_LINES = "    \n    \n {0}{0} \n    \n    \n    \n    \n    \n"
TERMINAL_BOX, PLAIN_BOX = box.Box(_LINES.format("─")), box.Box(_LINES.format("-"), ascii=True)


def print_leaderboard(boards: Sequence[Board], console: Console) -> None:
    """Print one table per board; what does not end in ``ok`` is listed below it.

    Parameters
    ----------
    boards
        As `boards_of` gives them.
    console
        Colours and line drawing follow its abilities.
    """
    scenario = None
    for board in boards:
        if board.scenario != scenario:
            console.print(Text(f"\n{board.scenario}", "bold"))
            scenario = board.scenario
        console.print()
        console.print(Text(heading(board)))
        console.print(_table(board, console.width, plain=not console.is_terminal), soft_wrap=False)
        for note in [*notes(board), *_failures(board)]:
            console.print(Text(f"  {note}", "dim"))


def heading(board: Board) -> str:
    """Class, size, limits and bound of a board in one line."""
    decimals = formats.decimals_for([board.bound, board.reference])
    bound = "bound unknown" if not board.bounded else f"bound known on {board.bounded}/{board.instances}"
    if board.bounded == board.instances and board.instances:
        bound = f"mean bound {formats.number(board.bound, decimals)} ({', '.join(board.bound_methods)})"
    limits = [
        formats.duration(board.wall_limit_s),
        formats.memory(board.memory_limit_mb),
        formats.count(board.threads, "thread"),
    ]
    return f"{board.information}: {formats.count(board.instances, 'instance')}; {', '.join(limits)}; {bound}"


def notes(board: Board) -> list[str]:
    """What a reader must know beside the numbers: untested places, missing runs, mixed versions, passed bounds."""
    lines = []
    if len(board.standings) > 1 and board.instances < board.instances_needed:
        lines.append(
            f"places by mean only: it takes {board.instances_needed} instances to tell this many solvers apart"
        )
    for standing in board.standings:
        if standing.instances < board.instances:
            every = " with every training" if standing.trainings > 1 else ""
            lines.append(
                f"{standing.label}: not ranked, ran {standing.instances} of {board.instances} instances{every}"
            )
        if standing.versions > 1:
            lines.append(
                f"{standing.label}: runs of {standing.versions} versions of it are mixed, run the older ones anew"
            )
    if board.passed_bounds:
        lines.append(f"{formats.count(board.passed_bounds, 'score')} better than the bound allows: please report")
    return lines


def _failures(board: Board) -> list[str]:
    return [f"{s.label}: {statuses_text(s)}" for s in board.standings if statuses_text(s)]


def _table(board: Board, width: int, plain: bool) -> Table:
    missing = max(0, -(-(FULL_WIDTH - width) // COLUMN_WIDTH))
    left_out = DISPENSABLE[:missing]
    columns = [
        column for column in columns_of(board) if column.key in (*COLUMNS, "solved") and column.key not in left_out
    ]
    table = Table(box=PLAIN_BOX if plain else TERMINAL_BOX, padding=0, show_edge=False)
    table.add_column("#" if rank_title(board) == "Place" else "Tier", justify="right", no_wrap=True)
    table.add_column("Solver", overflow="fold", min_width=SOLVER_WIDTH)
    for column in columns:
        table.add_column(column.short, justify="right", no_wrap=True)
        if COLUMNS.get(column.key):
            table.add_column(column.detail_title.translate(COMPACT), justify="right", no_wrap=True)
    for standing in board.standings:
        cells = [Text(cell.translate(COMPACT)) for cell in _cells(columns, standing)]
        best = standing in board.leaders
        rank = rank_of(standing, board).translate(COMPACT)
        table.add_row(rank, Text(standing.label), *cells, style="bold" if best else None)
    return table


def _cells(columns: list[Column], standing: Standing) -> list[str]:
    cells = []
    for column in columns:
        cells.append(column.text(standing))
        if COLUMNS.get(column.key):
            cells.append(column.detail(standing))
    return cells
