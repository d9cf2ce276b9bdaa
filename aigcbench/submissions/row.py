"""One row of a submission: what a solver claims to have done on one instance, field by field held against what may stand there."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import orjson

from aigcbench.document_limits import refuse_absurd
from aigcbench.errors import InputError, one_line
from aigcbench.harness.cell import Status
from aigcbench.solver import FAMILIES, INFORMATION
from aigcbench.submissions.archive import read_shapes
from aigcbench.submissions.text import LABEL, SCENARIO, SHA256, SOLVER, TIME, WORD, matching, printable

Row = dict[str, Any]
"""The fields of `FIELDS`; ``decisions`` holds dtypes and shapes as `read_shapes` gives them."""
MAXIMUM_LINE_BYTES = 200_000
MAXIMUM_ROWS = 100_000


def _number(value: Any, where: str) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise InputError(where, one_line(ascii(value), 40), "a finite number")
    return float(value)


def _amount(value: Any, where: str) -> float:
    number = _number(value, where)
    if not 0 <= number < 1e12:
        raise InputError(where, repr(number), "a number from 0 to 1e12")
    return number


def _natural(value: Any, where: str) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise InputError(where, one_line(ascii(value), 40), "a whole number >= 0")
    return value


def _flag(value: Any, where: str) -> bool:
    if type(value) is not bool:
        raise InputError(where, one_line(ascii(value), 40), "true or false")
    return value


def _choice(choices: tuple[str, ...], value: Any, where: str) -> str:
    if value not in choices:
        raise InputError(where, one_line(ascii(value), 40), f"one of {', '.join(choices)}")
    return str(value)


def _parameters(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict) or len(value) > 100:
        raise InputError(where, one_line(ascii(value), 60), "a table of at most 100 parameters")
    for name, item in value.items():
        matching(WORD, name, where, "names of parameters")
        if isinstance(item, str):
            matching(WORD, item, f"{where}.{name}", "letters, digits, dots, dashes")
        elif type(item) is not bool:
            _number(item, f"{where}.{name}")
    return value


def _metrics(value: Any, where: str) -> dict[str, float]:
    if not isinstance(value, dict) or len(value) > 100:
        raise InputError(where, one_line(ascii(value), 60), "a table of metrics")
    return {matching(WORD, name, where, "names of metrics"): _number(item, where) for name, item in value.items()}


def _anytime(value: Any, where: str) -> list[list[float]]:
    if not isinstance(value, list) or len(value) > 1000:
        raise InputError(where, one_line(ascii(value), 60), "at most 1000 pairs of seconds and score")
    for point in value:
        if not isinstance(point, list) or len(point) != 2:
            raise InputError(where, one_line(ascii(point), 60), "a pair of seconds and score")
        _amount(point[0], where)
        _number(point[1], where)
    return value


def _optional(reader: Callable[[Any, str], Any], value: Any, where: str) -> Any:
    return None if value is None else reader(value, where)


def _matching(pattern: Any, expected: str) -> Callable[[Any, str], str]:
    return lambda value, where: matching(pattern, value, where, expected)


_DIGEST = _matching(SHA256, "64 hexadecimal digits")
FIELDS: Mapping[str, Callable[[Any, str], Any]] = {
    "scenario": _matching(SCENARIO, "the name of a scenario"),
    "instance_seed": _natural,
    "instance_sha256": _DIGEST,
    "solver": _matching(SOLVER, "lower case letters, digits, dots and dashes"),
    "label": _matching(LABEL, "a solver's name with its unusual parameters"),
    "family": partial(_choice, FAMILIES),
    "information": partial(_choice, INFORMATION),
    "parameters": _parameters,
    "seed": _natural,
    "training_seed": partial(_optional, _natural),
    "status": partial(_choice, tuple(status.value for status in Status)),
    "detail": partial(printable, longest=400),
    "metrics": partial(_optional, _metrics),
    "decisions": read_shapes,
    "timed": _flag,
    "wall_seconds": _amount,
    "cpu_seconds": _amount,
    "peak_memory_mb": _amount,
    "decision_p50_s": partial(_optional, _amount),
    "decision_p99_s": partial(_optional, _amount),
    "n_decisions": _natural,
    "training_cpu_seconds": partial(_optional, _amount),
    "training_environment_steps": partial(_optional, _natural),
    "training_updates": partial(_optional, _natural),
    "checkpoint_sha256": partial(_optional, _DIGEST),
    "source_sha256": _DIGEST,
    "environment": _natural,
    "finished_at": _matching(TIME, "a time in UTC, as YYYY-MM-DDThh:mm:ss+00:00"),
    "anytime": _anytime,
}
"""Every field of a row, with what reads it from a stranger's hand."""


def identity(row: Row) -> tuple[Any, ...]:
    """What no two rows of a submission may share, in the order in which they stand."""
    training_seed = -1 if row["training_seed"] is None else row["training_seed"]
    return row["scenario"], row["instance_seed"], row["label"], training_seed, row["seed"]


def describe(row: Row) -> str:
    """A row's name in findings."""
    training = "" if row["training_seed"] is None else f", training seed {row['training_seed']}"
    return f"{row['label']} on {row['scenario']}#{row['instance_seed']}, seed {row['seed']}{training}"


def trained_on(row: Row) -> str:
    """The scenario that a learner says to have been trained on, where it is not that of the instance."""
    return str(row["label"]).partition(" from ")[2]


def rows_to_bytes(rows: list[Row]) -> bytes:
    """``rows.jsonl``: a JSON object a line."""
    return b"".join(
        orjson.dumps({name: row[name] for name in FIELDS}, option=orjson.OPT_APPEND_NEWLINE) for row in rows
    )


def rows_from_bytes(data: bytes, where: str) -> list[Row]:
    """Read the lines of a stranger; `InputError` at the first that is not sound, a repeated or misplaced one included."""
    if data.count(b"\n") > MAXIMUM_ROWS or data.count(b"\r") > MAXIMUM_ROWS:
        raise InputError(where, "too many lines", f"1 to {MAXIMUM_ROWS} rows")
    lines = data.splitlines()
    if not 0 < len(lines) <= MAXIMUM_ROWS:
        raise InputError(where, f"{len(lines)} rows", f"1 to {MAXIMUM_ROWS}")
    rows: list[Row] = []
    for number, line in enumerate(lines, 1):
        row = _row(line, f"{where}: line {number}")
        if rows and identity(row) <= identity(rows[-1]):
            wrong = "a row that stands twice" if identity(row) == identity(rows[-1]) else "a row out of order"
            raise InputError(f"{where}: line {number}", wrong, "each row once, by scenario, instance, label and seeds")
        rows.append(row)
    return rows


def _row(line: bytes, where: str) -> Row:
    if len(line) > MAXIMUM_LINE_BYTES:
        raise InputError(where, f"{len(line)} bytes", f"at most {MAXIMUM_LINE_BYTES}")
    try:
        given = orjson.loads(line)
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise InputError(
            where, f"not JSON ({one_line(error, 80)})", "a JSON object; NaN and Infinity are none"
        ) from None
    refuse_absurd(given, where)
    if not isinstance(given, dict) or set(given) != set(FIELDS):
        other = sorted(set(given) ^ set(FIELDS)) if isinstance(given, dict) else [type(given).__name__]
        raise InputError(where, f"missing or unknown: {one_line(ascii(other), 100)}", "exactly the fields of a row")
    return {name: read(given[name], f"{where}: {name}") for name, read in FIELDS.items()}
