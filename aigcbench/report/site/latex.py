"""A scenario's standings as a LaTeX table (package booktabs) for a paper."""

from __future__ import annotations

from aigcbench.report import formats
from aigcbench.report.board import Board
from aigcbench.report.columns import Column, columns_of, rank_of, rank_title
from aigcbench.report.site.sections import Section

LETTERS = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "µ": r"\textmu{}",
        "–": "--",
        **{letter: f"\\{letter}" for letter in "&%$#_{}"},
        # What T1 fonts would take for something else.
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        '"': r"\textquotedbl{}",
    }
)
KEYS = ("primary", "normalised", "gap", "crash", "delay", "latency", "training")
"""Columns that a paper has room for."""


def latex_table(section: Section) -> str:
    """All boards of a section as one ``tabular``; the leaders of each are bold."""
    columns = [column for column in columns_of(section.boards[0], section.boards[1:]) if column.key in KEYS]
    interval = next(column for column in columns if column.key == "primary")
    head = section.head
    caption = f"{head.scenario}: {formats.count(head.instances, 'instance')}, limits {section.limits}"
    titles = [rank_title(head), "Solver"]
    for column in columns:
        titles += [column.title, interval.detail_title] if column is interval else [column.title]
    lines = [
        r"% \usepackage[T1]{fontenc} \usepackage{booktabs,textcomp}",
        r"\begin{table}",
        rf"\caption{{{escape(caption)}}}",
        rf"\begin{{tabular}}{{rl{'r' * (len(titles) - 2)}}}",
        r"\toprule",
        " & ".join(map(escape, titles)) + r" \\",
    ]
    for board in section.boards:
        shown = columns_of(board, section.boards)
        own = [column for column in shown if column.key in [c.key for c in columns]]
        lines += [r"\midrule", rf"\multicolumn{{{len(titles)}}}{{l}}{{\textit{{{escape(board.information)}}}}} \\"]
        lines += [_row(board, own, number) for number in range(len(board.standings))]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}", ""])


def escape(text: str) -> str:
    """Any text, as LaTeX sets it letter by letter."""
    return text.translate(LETTERS)


def _row(board: Board, columns: list[Column], number: int) -> str:
    standing = board.standings[number]
    cells = [rank_of(standing, board), standing.label]
    for column in columns:
        cells.append(column.text(standing))
        if column.key == "primary":
            cells.append(column.detail(standing))
    escaped = [escape(cell) for cell in cells]
    if standing in board.leaders:
        escaped[1:3] = [rf"\textbf{{{cell}}}" for cell in escaped[1:3]]
    return " & ".join(escaped) + r" \\"
