"""Writes a submission from a store: the same store gives the same bytes."""

from __future__ import annotations

import json
import math
import shutil
import zlib
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from aigcbench.errors import InputError
from aigcbench.harness.store import Store
from aigcbench.instance import parse_arrays, write_file
from aigcbench.solver import Limits
from aigcbench.submissions.archive import pack, shapes_of
from aigcbench.submissions.completeness import gaps
from aigcbench.submissions.folder import METADATA, ROWS, decisions_place
from aigcbench.submissions.metadata import SUMMARY_LENGTH, DeclaredPlan, Metadata
from aigcbench.submissions.row import FIELDS, Row, identity, rows_to_bytes
from aigcbench.submissions.submission import Decided, Submission

LIMITS = ("wall_limit_s", "memory_limit_mb", "threads")
SAME = frozenset(FIELDS) - {
    "instance_seed", "parameters", "timed", "metrics", "decisions", "anytime", "environment", "detail",
}  # fmt: skip
"""Fields that stand in a submission as they stand in the store."""


def write_submission(
    store: Store, path: Path, author: str, summary: str, address: str = "", solvers: Iterable[Path] = ()
) -> Submission:
    """Write the newest row of every cell of a store as a submission, and read it back.

    Parameters
    ----------
    path
        Its folder, whose name becomes the submission's; it must not exist.
    author, summary, address
        As in `Metadata`; an empty summary is made of the plan.
    solvers
        Solver files to put in.

    Raises
    ------
    InputError
        Where the rows do not make up one whole plan on test instances of the catalogue, or a text is not fit to print.
    """
    if path.exists():
        raise InputError(str(path), "exists already", "a new folder")
    environments: list[Mapping[str, Any]] = []
    newest: dict[tuple[Any, ...], Decided] = {}
    limits = set()
    for stored in store.rows():
        decided = _decided(stored, environments, store.where)
        newest[identity(decided[0])] = decided
        limits.add(tuple(stored[name] for name in LIMITS))
    if len(limits) != 1:
        raise InputError(store.where, f"rows under {len(limits)} different limits", "rows of one plan")
    decided_rows = [newest[name] for name in sorted(newest)]
    rows = [row for row, _ in decided_rows]
    wall_seconds, memory_mb, threads = limits.pop()
    plan = plan_of(rows, Limits(wall_seconds, memory_mb, threads))
    if missing := gaps(rows, plan):
        raise InputError(store.where, missing[0], "the rows of one whole plan, on test instances 0, 1, 2, ...")
    summary = (
        summary or f"{len({row['label'] for row in rows})} solvers on {', '.join(plan.scenarios)}"[:SUMMARY_LENGTH]
    )
    metadata = Metadata(path.absolute().name, author, summary, address, plan, tuple(environments))
    try:
        _write(path, metadata, decided_rows, solvers)
        return Submission.load(path)
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise


def _write(path: Path, metadata: Metadata, decided: list[Decided], solvers: Iterable[Path]) -> None:
    for scenario, group in groupby(decided, key=lambda item: str(item[0]["scenario"])):
        if decisions := [arrays for _, arrays in group if arrays is not None]:
            write_file(path / decisions_place(scenario), pack(decisions))
    for solver in solvers:
        write_file(path / "solvers" / solver.name, solver.read_bytes())
    write_file(path / ROWS, rows_to_bytes([row for row, _ in decided]))
    write_file(path / METADATA, metadata.to_bytes())


def plan_of(rows: list[Row], limits: Limits) -> DeclaredPlan:
    """The smallest plan that has all these rows."""
    return DeclaredPlan(
        scenarios=tuple(sorted({row["scenario"] for row in rows})),
        instances=1 + max(row["instance_seed"] for row in rows),
        seeds=1 + max(row["seed"] for row in rows),
        training_seeds=1 + max(-1 if row["training_seed"] is None else row["training_seed"] for row in rows),
        limits=limits,
    )


def _decided(stored: Mapping[str, Any], environments: list[Mapping[str, Any]], where: str) -> Decided:
    """A stored row as a submission has it; its environment is put among the others."""
    try:
        packed = stored["decisions"]
        decisions = None if packed is None else parse_arrays(zlib.decompress(packed), where)
        environment = json.loads(stored["environment"])
        texts = {name: json.loads(stored[name] or "null") for name in ("parameters", "metrics", "anytime")}
    except (ValueError, TypeError, zlib.error) as error:
        raise InputError(where, f"a row cannot be read ({error})", "a store that 'aigcbench run' wrote") from None
    if environment not in environments:
        environments.append(environment)
    scenario, _, number = str(stored["instance"]).rpartition("#")
    if scenario != stored["scenario"] or not number.isdecimal():
        raise InputError(
            f"{where}: {stored['instance']}", "no test instance of a scenario", "instances of the test split"
        )
    row = {name: _finite(stored[name]) for name in SAME} | texts
    row |= {
        "instance_seed": int(number),
        "timed": bool(stored["timed"]),
        "environment": environments.index(environment),
    }
    row |= {"decisions": None if decisions is None else shapes_of(decisions), "anytime": texts["anytime"] or []}
    row["detail"] = str(stored["detail"]).encode("ascii", "replace").decode()
    return row, decisions


def _finite(value: Any) -> Any:
    """None for what is not a number: planners have no decision latency."""
    return None if isinstance(value, float) and math.isnan(value) else value
