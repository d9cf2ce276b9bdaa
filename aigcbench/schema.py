"""What fields and arrays a formulation has: their types, units and ranges, and how input is held against them."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aigcbench.document_limits import MAXIMUM_TOML_BYTES, refuse_absurd, refuse_costly_toml
from aigcbench.errors import InputError, one_line


@dataclass(frozen=True)
class Field:
    """One scalar parameter.

    Parameters
    ----------
    name, kind, unit, description
        ``kind`` is ``bool``, ``int``, ``float`` or ``str``; ``unit`` is ``""`` for a pure number.
    minimum, maximum
        Closed range of a number.
    """

    name: str
    kind: type
    unit: str
    description: str
    minimum: float = -math.inf
    maximum: float = math.inf

    def validate(self, given: Any, where: str) -> Any:
        """Return the given value in the field's type, or raise `InputError`."""
        if type(given) is int and abs(given) >= 2**63:
            raise InputError(where, "a whole number of more than 64 bits", self._expected())
        value = float(given) if self.kind is float and type(given) is int else given
        if type(value) is not self.kind:
            raise InputError(where, f"{value!r} is not of type {self.kind.__name__}", self._expected())
        number = value if isinstance(value, (int, float)) else 0
        if self.kind in (int, float) and not self.minimum <= number <= self.maximum:
            raise InputError(where, f"{value!r} is out of range", self._expected())
        if not math.isfinite(number):
            raise InputError(where, f"{value!r} is not finite", self._expected())
        return value

    def _expected(self) -> str:
        return f"{self.kind.__name__}{_range_text(self.minimum, self.maximum)}{f' ({self.unit})' if self.unit else ''}"


@dataclass(frozen=True)
class Array:
    """One named array.

    Parameters
    ----------
    name, dtype, unit, description
        ``dtype`` is ``"int64"`` or ``"float64"``.
    shape
        Dimension names (``"tasks"``) or fixed lengths; equal names must have equal lengths across all arrays.
    minimum, maximum
        Closed range of each entry.
    """

    name: str
    dtype: str
    shape: tuple[str | int, ...]
    unit: str
    description: str
    minimum: float = -math.inf
    maximum: float = math.inf

    def validate(self, array: np.ndarray, dimensions: dict[str, int], where: str) -> None:
        """Raise `InputError` unless ``array`` fits; dimension lengths seen first are kept in ``dimensions``."""
        if array.dtype != np.dtype(self.dtype):
            raise InputError(where, f"dtype {array.dtype}", self.dtype)
        if array.ndim != len(self.shape):
            raise InputError(
                where, f"{array.ndim} dimensions", f"{len(self.shape)} ({', '.join(map(str, self.shape))})"
            )
        for axis, (length, name) in enumerate(zip(array.shape, self.shape, strict=True)):
            wanted = name if isinstance(name, int) else dimensions.setdefault(name, length)
            if length != wanted:
                raise InputError(where, f"length {length} on axis {axis}", f"{wanted} ({name})")
        if array.dtype.kind == "f":
            self._refuse(~np.isfinite(array), array, where)
        self._refuse((array < self.minimum) | (array > self.maximum), array, where)

    def _refuse(self, bad: np.ndarray, array: np.ndarray, where: str) -> None:
        """Raise for the first entry marked bad."""
        if bad.any():
            place = tuple(int(i) for i in np.argwhere(bad)[0])
            index = ", ".join(map(str, place))
            unit = f" ({self.unit})" if self.unit else ""
            expected = f"finite {self.dtype}{_range_text(self.minimum, self.maximum)}{unit}"
            raise InputError(f"{where}[{index}]", f"{array[place]}", expected)


def _range_text(minimum: float, maximum: float) -> str:
    """Say a closed range in words, nothing for the whole line."""
    if minimum == -math.inf and maximum == math.inf:
        return ""
    if maximum == math.inf:
        return f" >= {minimum:g}"
    if minimum == -math.inf:
        return f" <= {maximum:g}"
    return f" in [{minimum:g}, {maximum:g}]"


def validate_fields(fields: Sequence[Field], values: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Hold a table of scalars against its fields: none missing, none unknown, each of its type and range."""
    refuse_unknown(values, [field.name for field in fields], where)
    for field in fields:
        if field.name not in values:
            raise InputError(where, f"'{field.name}' is missing", field.description)
    return {field.name: field.validate(values[field.name], f"{where}.{field.name}") for field in fields}


def validate_arrays(arrays: Sequence[Array], values: Mapping[str, np.ndarray], where: str) -> dict[str, int]:
    """Hold named arrays against their declarations; return the dimension lengths, e.g. ``{"tasks": 1004}``."""
    refuse_unknown(values, [array.name for array in arrays], where)
    dimensions: dict[str, int] = {}
    for array in arrays:
        if array.name not in values:
            raise InputError(where, f"'{array.name}' is missing", array.description)
        array.validate(values[array.name], dimensions, f"{where}.{array.name}")
    return dimensions


def refuse_unknown(values: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    """Raise `InputError` for the first key that is not known, with the nearest known one as a hint."""
    import difflib

    for key in values:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            hint = f"'{near[0]}'?" if near else f"one of {', '.join(known)}"
            raise InputError(where, f"unknown key '{one_line(key, 60)}'", hint)


def read_toml(path: Path, schema: str) -> dict[str, Any]:
    """Read a TOML file of a given schema, or raise `InputError`."""
    where = str(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(MAXIMUM_TOML_BYTES + 1)
        refuse_costly_toml(data, where)
        table = tomllib.loads(data.decode())
    except OSError as error:
        raise InputError(where, f"cannot be read ({error.strerror})", f"a file of schema {schema}") from None
    except InputError:
        raise
    except (ValueError, RecursionError) as error:  # bad TOML, bad UTF-8, numbers beyond Python's digit limit
        raise InputError(where, f"not TOML ({one_line(error, 100)})", f"a file of schema {schema}") from None
    refuse_absurd(table, where)
    if table.get("schema") != schema:
        raise InputError(where, f"schema {one_line(repr(table.get('schema')), 40)}", repr(schema))
    return table
