"""Values of a plan's table: lists, numbers and what is made of them, each refused with its place in the plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from aigcbench.errors import InputError, one_line
from aigcbench.schema import refuse_unknown
from aigcbench.solver import Budget, Limits

R = TypeVar("R")
T = TypeVar("T", Limits, Budget)
MAXIMUM_NUMBERS = 10**6
"""Of instances and of seeds."""
MAXIMUM_NAMES = 1000
"""Of solvers, of scenarios and of files: each is looked up while the plan is read."""


def placed(where: str, function: Callable[[Any], R], given: Any) -> R:
    """The function's result; its `InputError` tells the place in the plan too."""
    try:
        return function(given)
    except InputError as error:
        raise InputError(f"{where}: {error.where}", error.wrong, error.expected) from None


def list_of(table: Mapping[str, Any], key: str, kind: type, where: str) -> list[Any]:
    """A list of entries of one kind, none below 0 and none twice."""
    values = table.get(key, [])
    if not isinstance(values, list):
        raise InputError(f"{where}: {key}", one_line(repr(values), 60), "a list")
    most = MAXIMUM_NUMBERS if kind is int else MAXIMUM_NAMES
    if len(values) > most:
        raise InputError(f"{where}: {key}", f"{len(values)} entries", f"at most {most}")
    seen: set[tuple[type, str]] = set()
    for k, value in enumerate(values):
        if (
            not isinstance(value, kind)
            or isinstance(value, bool)
            or (isinstance(value, int) and not 0 <= value < 2**63)
        ):
            raise InputError(
                f"{where}: {key}[{k}]", one_line(repr(value), 60), f"{kind.__name__}{' >= 0' * (kind is int)}"
            )
        if (identity := (type(value), repr(value))) in seen:
            raise InputError(f"{where}: {key}[{k}]", f"{one_line(repr(value), 60)} stands twice", "each entry once")
        seen.add(identity)
    return values


def numbers_of(kind: type[T], given: Any, where: str) -> T:
    """A dataclass of numbers from a table."""
    if not isinstance(given, dict):
        raise InputError(where, one_line(repr(given), 60), "a table")
    refuse_unknown(given, [field.name for field in fields(kind)], where)
    for name, value in given.items():
        if type(value) not in (int, float):
            raise InputError(f"{where}.{name}", one_line(repr(value), 60), "a number")
    return placed(where, lambda numbers: kind(**numbers), given)


def seconds_of(value: Any, where: str) -> float:
    """A time of 0 s or more."""
    if type(value) not in (int, float) or not 0 <= value < 1e9:
        raise InputError(where, one_line(repr(value), 40), "a number of seconds >= 0")
    return float(value)
