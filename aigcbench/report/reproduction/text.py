"""The comparison as tables for a terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from aigcbench.report import formats
from aigcbench.report.reproduction.comparison import Comparison, Line, PaperComparison
from aigcbench.report.reproduction.verdict import RULE
from aigcbench.report.terminal import PLAIN_BOX, TERMINAL_BOX

INTRODUCTION = """\
# The report: published, ours, verdict

Made by `aigcbench reproduce --markdown`. The first rule that applies:"""
NAMED = 4
"""Most claims that are named before a note."""
HEADINGS = ("what", "published", "ours", "95 % interval", "from", "verdict")


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print one figure: its claims in a table, what is special below."""
    figure = comparison.figure
    place = f"{figure.printed_in}: " if figure.printed_in else ""
    console.print(Text(f"\n{figure.name}  {place}{figure.title}", "bold"))
    console.print(Text(figure.text, "dim"))
    table = Table(box=TERMINAL_BOX if console.is_terminal else PLAIN_BOX, padding=(0, 1, 0, 0), show_edge=False)
    for number, heading in enumerate(HEADINGS):
        table.add_column(heading, justify="right" if 1 <= number <= 3 else "left", overflow="fold")
    for line in comparison.lines:
        table.add_row(*map(Text, _cells(line)))
    console.print(table)
    for note in _notes(comparison):
        console.print(Text(f"  {note}", "dim"))
    if figure.command:
        console.print(Text(f"  {figure.command}"))


def markdown(papers: Sequence[PaperComparison]) -> str:
    """The whole report, with a heading of its own."""
    parts = [
        INTRODUCTION,
        "| verdict | when |\n|---|---|\n" + "\n".join(f"| {verdict} | {rule} |" for verdict, rule in RULE.items()),
    ]
    for paper in papers:
        counts = ", ".join(f"{count} {verdict}" for verdict, count in paper.verdicts.items())
        parts.append(f"## {paper.paper.name}: {paper.paper.title}")
        parts.append(f"{paper.paper.source}\n\n{counts}")
        parts += [_markdown(comparison) for comparison in paper.comparisons]
    return "\n\n".join(parts) + "\n"


def _markdown(comparison: Comparison) -> str:
    figure = comparison.figure
    place = f"{figure.printed_in}: " if figure.printed_in else "What we found: "
    head = f"### {place}{figure.title}\n\n{figure.text}"
    command = f"\n\n`{figure.command}`" if figure.command else ""
    if figure.command and not comparison.measured:
        return (
            f"{head}\n\n{formats.count(len(comparison.lines), 'claim')}, of which these results have no runs.{command}"
        )
    rows = [f"| {' | '.join(_cells(line))} |" for line in comparison.lines]
    table = "\n".join([f"| {' | '.join(HEADINGS)} |", "|---|---:|---:|---:|---|---|", *rows])
    notes = "".join(f"\n- {note}" for note in _notes(comparison))
    return f"{head}\n\n{table}{command}" + (f"\n{notes}" if notes else "")


def _cells(line: Line) -> tuple[str, ...]:
    return line.name, line.published, line.ours, line.interval, line.size, line.verdict


def _notes(comparison: Comparison) -> list[str]:
    """Each note once, with the claims that it is about, or their number where they are many."""
    by_note: dict[str, list[str]] = {}
    for line in comparison.lines:
        if line.note:
            by_note.setdefault(line.note, []).append(line.name)
    return [
        f"{', '.join(names) if len(names) <= NAMED else formats.count(len(names), 'claim')}: {note}"
        for note, names in by_note.items()
    ]
