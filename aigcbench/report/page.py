"""The leaderboard as one self-contained HTML file, with the same standings as CSV and JSON beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import jinja2
import orjson
import pandas as pd

from aigcbench.problems.problem import problem_named
from aigcbench.report import columns, formats, plot, statistics
from aigcbench.report.judging import SCORED_STATUSES
from aigcbench.report.leaderboard import Board, boards_of
from aigcbench.report.terminal import notes
from aigcbench.solver import FAMILIES, INFORMATION

TEMPLATES = Path(__file__).parent / "templates"
TITLE = "AIGCBench leaderboard"
SERIES = {name: number for number, name in enumerate(INFORMATION, start=1)}
"""Colour number of each information class in the style sheet."""


@dataclass(frozen=True)
class Section:
    """The boards of one scenario under one set of limits, on one axis."""

    anchor: str
    boards: tuple[Board, ...]
    axis: plot.Axis

    @property
    def head(self) -> Board:
        """The board that speaks for the section: the one with the most instances."""
        return max(self.boards, key=lambda board: board.instances)


@dataclass(frozen=True)
class Failure:
    """Runs of one solver on one scenario that ended alike, other than well."""

    scenario: str
    label: str
    status: str
    runs: int
    scored: bool
    example: str
    detail: str


def build_page(results: pd.DataFrame, meta: Mapping[str, str]) -> str:
    """The page as HTML text; equal input gives equal bytes.

    Parameters
    ----------
    results
        One row per finished cell, as the result store gives them.
    meta
        Shown in the footer as it is (versions, machine, date ...), except ``title``, the page's title, and ``command``,
        how to reproduce the results.
    """
    return _render(boards_of(results), results, meta)


def write_leaderboard(results: pd.DataFrame, out_dir: Path, meta: Mapping[str, str]) -> Path:
    """Write ``index.html``, ``standings.csv`` and ``standings.json`` into ``out_dir``; return the page's path.

    Parameters
    ----------
    results, meta
        As for `build_page`.
    out_dir
        Made if it is missing.
    """
    boards = boards_of(results)
    out_dir.mkdir(parents=True, exist_ok=True)
    page = out_dir / "index.html"
    page.write_text(_render(boards, results, meta), encoding="utf-8")
    standings_table(boards).to_csv(out_dir / "standings.csv", index=False, lineterminator="\n")
    document = {"meta": dict(meta), "boards": boards}
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    (out_dir / "standings.json").write_bytes(orjson.dumps(document, option=options))
    return page


def standings_table(boards: Sequence[Board]) -> pd.DataFrame:
    """All standings as one flat table, one row each; nested values are joined by underscores."""
    rows = []
    for board in boards:
        limits = {name: getattr(board, name) for name in ("wall_limit_s", "memory_limit_mb", "threads")}
        place = {name: getattr(board, name) for name in ("formulation", "scenario", "information")}
        for standing in board.standings:
            row = vars(standing) | {"primary_metric": board.headline.primary.name, "primary": standing.primary.value}
            row |= {"primary_low": standing.primary.low, "primary_high": standing.primary.high}
            row |= {"statuses": ", ".join(f"{n} {status}" for status, n in standing.statuses.items())}
            rows.append(place | limits | row | {"bound": board.bound, "reference": board.reference})
    return pd.DataFrame(rows)


def _render(boards: Sequence[Board], results: pd.DataFrame, meta: Mapping[str, str]) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(columns=columns, formats=formats, notes=notes, leader_text=leader_text)
    return environment.get_template("leaderboard.html").render(
        title=meta.get("title", TITLE),
        command=meta.get("command", ""),
        meta={key: value for key, value in meta.items() if key not in ("title", "command")},
        sections=_sections(boards),
        formulations={name: problem_named(name) for name in sorted({board.formulation for board in boards})},
        classes=columns.CLASSES,
        series=SERIES,
        families=FAMILIES,
        legend=columns.legend_of(boards),
        failures=_failures(results),
        runs=len(results),
        solvers=results["label"].nunique(),
        scenarios=results["scenario"].nunique(),
        alpha=statistics.ALPHA,
    )


def _sections(boards: Sequence[Board]) -> list[Section]:
    grouped = groupby(boards, key=lambda b: (b.scenario, b.wall_limit_s, b.memory_limit_mb, b.threads))
    sections = []
    for number, (_, members) in enumerate(grouped, start=1):
        together = tuple(members)
        sections.append(Section(f"scenario-{number}", together, plot.axis_of(together)))
    return sections


def leader_text(board: Board) -> str:
    """By how much the first solver of a board leads, and whether that is more than chance."""
    ranked = [standing for standing in board.standings if standing.position is not None]
    if len(ranked) < 2:
        return "the only ranked solver of its class" if ranked else "nobody ran every instance"
    decimals = formats.decimals_for([ranked[0].primary.value])
    ahead = formats.number(board.lead.value, decimals, board.headline.primary.unit)
    span = formats.interval(board.lead, decimals)
    text = f"{ahead} {span} ahead of {ranked[1].label}".replace("  ", " ")
    if ranked[0].tier is None:
        return f"{text}; too few instances to test"
    return f"{text}; a tie, statistically" if ranked[0].tier == ranked[1].tier else text


def _failures(results: pd.DataFrame) -> list[Failure]:
    """Runs that did not end in ``ok``, alike ones together."""
    failed = results[results["status"] != "ok"]
    metrics = [name for name in results.columns if name.startswith("metric.")]
    failed = failed.assign(
        detail=failed["detail"].fillna("").astype(str),
        scored=failed["status"].isin(SCORED_STATUSES) & failed[metrics].notna().any(axis=1),
    )
    keys = ["scenario", "label", "status", "detail", "scored"]
    return [
        Failure(
            scenario=str(rows["scenario"].iloc[0]),
            label=str(rows["label"].iloc[0]),
            status=str(rows["status"].iloc[0]),
            runs=len(rows),
            scored=bool(rows["scored"].iloc[0]),
            example=str(rows["instance"].min()),
            detail=str(rows["detail"].iloc[0]),
        )
        for _, rows in failed.groupby(keys, sort=True)
    ]
