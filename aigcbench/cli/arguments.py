"""Argument types and options that several verbs share."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from aigcbench.errors import InputError, one_line


def natural(text: str) -> int:
    """A whole number from 0 to 2^63 - 1."""
    try:
        value = int(text)
    except ValueError:
        value = -1
    if not 0 <= value < 2**63:
        raise argparse.ArgumentTypeError(f"'{one_line(text, 40)}' is not a whole number from 0 to 2^63 - 1")
    return value


def positive(text: str) -> int:
    """A whole number above 0."""
    value = natural(text)
    if value == 0:
        raise argparse.ArgumentTypeError("0 is too small; expected a whole number above 0")
    return value


def amount(text: str) -> float:
    """A number above 0 and below 1e9."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"'{one_line(text, 40)}' is not a number above 0 and below 1e9")
    return value


def add_json(parser: argparse.ArgumentParser) -> None:
    """The option ``--json``."""
    parser.add_argument("--json", action="store_true", help="print one JSON object or list and nothing else")


def add_limits(parser: argparse.ArgumentParser, seconds: float = 60.0) -> None:
    """The options that limit a solver."""
    parser.add_argument(
        "--time-limit", type=amount, default=seconds, metavar="S", help=f"seconds of wall clock (default {seconds:g})"
    )
    parser.add_argument(
        "--memory-limit", type=amount, default=4000.0, metavar="MB", help="MB over the process tree (default 4000)"
    )
    parser.add_argument(
        "--threads", type=positive, default=1, metavar="N", help="threads that the solver may use (default 1)"
    )


def refuse_unwritable(path: str) -> None:
    """Raise `InputError` where a file could not be written, before the work whose result it is to hold."""
    folder = Path(path).parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if Path(path).is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(path, "cannot be written", "a file in a writable folder")


def print_json(data: Any) -> None:
    """Print data as strict JSON (what is not a number is null)."""
    print(json.dumps(_finite(data), indent=1, allow_nan=False, default=str))


def _finite(data: Any) -> Any:
    """Replace NaN and infinities by None, all the way down."""
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_finite(value) for value in data]
    if isinstance(data, float) and (data != data or data in (float("inf"), float("-inf"))):
        return None
    return data
