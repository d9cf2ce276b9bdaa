"""Reads CSV files row by row; what is wrong is told in one line with the number of the line."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from aigcbench.errors import InputError, one_line
from aigcbench.schema import refuse_unknown

MAXIMUM_LINE = 100_000  # characters
LARGEST = 1e12  # of any number in a trace


@dataclass(frozen=True)
class Columns:
    """Which columns a table has.

    Parameters
    ----------
    required, optional
        Names, in any order in the file.
    others
        Whether columns of other names may stand beside them; they are not read.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    others: bool = True


@dataclass(frozen=True)
class Row:
    """One row, as texts by column name."""

    texts: Mapping[str, str]
    where: str

    def text(self, column: str) -> str:
        """What stands in a column; empty where the file has no such column."""
        return self.texts.get(column, "")

    def number(self, column: str, minimum: float = 0.0) -> float:
        """The number in a column, ``minimum`` to 1e12, or `InputError`."""
        text = self.text(column)
        try:
            value = math.nan if "_" in text else float(text)  # Python reads 1_000, other programs don't
        except ValueError:
            value = math.nan
        if not minimum <= value <= LARGEST:
            raise self._refusal(column, f"a number in [{minimum:g}, {LARGEST:g}]")
        return value

    def time_s(self, column: str) -> float:
        """The date and time in a column, as seconds since 1970; UTC where it names no zone."""
        try:
            time = datetime.fromisoformat(self.text(column))
        except ValueError:
            raise self._refusal(column, "a date and time such as 2024-11-15 16:57:50") from None
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()

    def _refusal(self, column: str, expected: str) -> InputError:
        return InputError(f"{self.where}, {column}", one_line(repr(self.text(column)), 60), expected)


def read_rows(path: Path, columns: Columns) -> Iterator[Row]:
    """The rows of a CSV file with a header line, one at a time; empty lines are passed over.

    Raises
    ------
    InputError
        Where the file can't be read, its header has not the columns, or a row has not as many fields as the header.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(_lines(stream, path), strict=True)
            names = next(reader, [])
            _validate_header(names, columns, f"{path}: line 1")
            kept = [k for k, name in enumerate(names) if name in columns.required + columns.optional]
            for fields in reader:
                where = f"{path}: line {reader.line_num}"
                if len(fields) == len(names):
                    yield Row({names[k]: fields[k] for k in kept}, where)
                elif fields:
                    raise InputError(where, f"{len(fields)} fields", f"{len(names)}, as in the header")
    except UnicodeDecodeError:
        raise InputError(str(path), "not UTF-8", "a CSV file in UTF-8") from None
    except csv.Error as error:
        raise InputError(str(path), f"not CSV ({error})", "fields with commas between them") from None
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror})", "a readable CSV file") from None


def _lines(stream: TextIO, path: Path) -> Iterator[str]:
    """The lines of a file, none of them so long that it would fill the memory."""
    while line := stream.readline(MAXIMUM_LINE):
        if len(line) == MAXIMUM_LINE:
            raise InputError(str(path), f"a line of {MAXIMUM_LINE:,} characters or more", "a CSV file")
        yield line


def _validate_header(names: list[str], columns: Columns, where: str) -> None:
    """Raise `InputError` unless the header has every required column, none twice, and no other where these are forbidden."""
    if not names:
        raise InputError(where, "no header", f"columns {', '.join(columns.required)}")
    if not columns.others:
        refuse_unknown(dict.fromkeys(names), columns.required + columns.optional, where)
    for name in columns.required:
        if name not in names:
            raise InputError(where, f"no column '{name}'", f"columns {', '.join(columns.required)}")
    for name in columns.required + columns.optional:
        if names.count(name) > 1:
            raise InputError(where, f"column '{name}' stands twice", "each column once")
