"""Reads the papers' figures: a TOML file per paper, so that another figure is data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from aigcbench.content import content_directory
from aigcbench.errors import InputError, one_line
from aigcbench.report.reproduction.claim import STATISTICS, Claim, Figure, Order, Paper, Value
from aigcbench.schema import read_toml, refuse_unknown

SCHEMA = "aigcbench-reproduction/1"
PAPER_KEYS = ("schema", "title", "source", "formulation", "figures", "findings")
SHARED = {"scenarios": [], "metric": "", "against": "", "reason": ""}
"""What a figure may say for all its claims."""
NUMBERS = {"statistic": "mean", "factor": 1.0, "unit": "", "at_least": False}
"""What it may say for all its numbers."""
OWN = ("name", "printed_in", "title", "text", "plan", "values", "orders")


@cache
def papers() -> tuple[Paper, ...]:
    """All papers, in order of their files' names."""
    folder = content_directory("instances") / "reproduction"
    return tuple(load_paper(path) for path in sorted(folder.glob("*.toml")))


def figures_named(name: str) -> tuple[Figure, ...]:
    """The figure of that name, or all of the paper of that name.

    Raises
    ------
    InputError
        Where there is neither.
    """
    by_name = {paper.name: paper.figures for paper in papers()}
    by_name |= {figure.name: (figure,) for paper in papers() for figure in paper.figures}
    if name not in by_name:
        raise InputError("reproduce", f"unknown figure or paper '{one_line(name, 60)}'", f"one of {', '.join(by_name)}")
    return by_name[name]


def load_paper(path: Path) -> Paper:
    """Read one file; `InputError` for what it should not have."""
    where = str(path)
    table = read_toml(path, SCHEMA)
    refuse_unknown(table, PAPER_KEYS, where)
    figures = [_figure(entry, f"{where}: figures[{k}]") for k, entry in enumerate(table.get("figures", []))]
    findings = [_figure(entry, f"{where}: findings[{k}]") for k, entry in enumerate(table.get("findings", []))]
    for figure, finding in [(figure, False) for figure in figures] + [(figure, True) for figure in findings]:
        if figure.is_finding is not finding:
            raise InputError(f"{where}: {figure.name}", "printed_in", "in every figure, and in no finding")
    head = {key: _text(table, key, where) for key in ("title", "source", "formulation")}
    return Paper(name=path.stem, figures=(*figures, *findings), **head)


def _figure(table: Mapping[str, Any], where: str) -> Figure:
    refuse_unknown(table, (*OWN, *SHARED, *NUMBERS), where)
    shared = {key: table.get(key, default) for key, default in SHARED.items()}
    numbers = {key: table.get(key, default) for key, default in NUMBERS.items()}
    values = [
        _value(shared | numbers | dict(entry), f"{where}.values[{k}]")
        for k, entry in enumerate(table.get("values", []))
    ]
    orders = [_order(shared | dict(entry), f"{where}.orders[{k}]") for k, entry in enumerate(table.get("orders", []))]
    return Figure(
        name=_text(table, "name", where),
        printed_in=str(table.get("printed_in", "")),
        title=_text(table, "title", where),
        text=_text(table, "text", where),
        plan=str(table.get("plan", "")),
        values=tuple(values),
        orders=tuple(orders),
    )


def _value(table: Mapping[str, Any], where: str) -> Value:
    refuse_unknown(table, ("name", "solver", "published", *SHARED, *NUMBERS), where)
    if table["statistic"] not in STATISTICS:
        raise InputError(
            f"{where}.statistic", one_line(repr(table["statistic"]), 40), f"one of {', '.join(STATISTICS)}"
        )
    published = table.get("published")
    return Value(
        **_claim(table, str(table.get("solver", "")), where),
        statistic=table["statistic"],
        factor=float(table["factor"]),
        unit=table["unit"],
        published=None if published is None else float(published),
        at_least=bool(table["at_least"]),
    )


def _order(table: Mapping[str, Any], where: str) -> Order:
    refuse_unknown(table, ("name", "better", "worse", *SHARED), where)
    better, worse = _text(table, "better", where), _text(table, "worse", where)
    return Order(**_claim({"name": f"{better} better than {worse}"} | dict(table) | {"against": worse}, better, where))


def _claim(table: Mapping[str, Any], solver: str, where: str) -> dict[str, Any]:
    """The fields of a `Claim`."""
    if solver and not (table["scenarios"] and table["metric"]):
        raise InputError(where, "no scenarios or no metric", "both, here or for the whole figure")
    claim = Claim(
        name=str(table.get("name", solver)),
        solver=solver,
        against=str(table["against"]),
        scenarios=tuple(table["scenarios"]),
        metric=str(table["metric"]),
        reason=str(table["reason"]),
    )
    return dict(vars(claim))


def _text(table: Mapping[str, Any] | Sequence[Any], key: str, where: str) -> str:
    value = table.get(key) if isinstance(table, Mapping) else None
    if not isinstance(value, str) or not value:
        raise InputError(where, f"'{key}' is missing or no text", "a text")
    return " ".join(value.split())
