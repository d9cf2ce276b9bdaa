"""Integer programs as text that other solvers read: free MPS and CPLEX LP. The same program gives the same bytes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aigcbench.optimization.linear import LinearProgram

TERMS_PER_LINE = 5  # of an expression; some readers take no more than 255 characters in a line


@dataclass(frozen=True, eq=False)
class NamedProgram:
    """A program with what a person needs to read it.

    Parameters
    ----------
    name
        Without spaces.
    notes
        Lines of comment: what the program says, and what its optimum means.
    linear
        The program.
    columns, rows
        Names, unique, of letters, digits and underscores, a letter first.
    """

    name: str
    notes: tuple[str, ...]
    linear: LinearProgram
    columns: list[str]
    rows: list[str]


@dataclass(frozen=True, eq=False)
class _Side:
    """One row as both formats know it: ``sense`` L, G or E, against one number."""

    name: str
    sense: str
    limit: float
    terms: list[tuple[str, float]]


def file_name(name: str) -> str:
    """A name that may come from a file, in letters that every reader takes."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in name)[:100]


def mps_text(program: NamedProgram) -> str:
    """The program in free MPS, as the minimum of minus the objective: not every reader heeds an ``OBJSENSE`` section."""
    sides = list(_sides(program))
    lines = [f"* {note}" for note in (*program.notes, "This file minimises minus the objective.")]
    lines += [f"NAME {program.name}", "ROWS", " N minus_objective"]
    lines += [f" {side.sense} {side.name}" for side in sides]
    lines += ["COLUMNS", *_mps_columns(program, sides), "RHS"]
    lines += [f" rhs {side.name} {_number(side.limit)}" for side in sides if side.limit != 0.0]
    lines += ["BOUNDS", *_mps_bounds(program), "ENDATA", ""]
    return "\n".join(lines)


def lp_text(program: NamedProgram) -> str:
    """The program in CPLEX LP."""
    linear, signs = program.linear, {"L": "<=", "G": ">=", "E": "="}
    objective = [term for term in zip(program.columns, linear.objective.tolist(), strict=True) if term[1] != 0.0]
    lines = [f"\\ {note}" for note in program.notes]
    lines += ["maximize", f" objective: {_expression(program, objective)}", "subject to"]
    lines += [
        f" {side.name}: {_expression(program, side.terms)} {signs[side.sense]} {_number(side.limit)}"
        for side in _sides(program)
    ]
    lines += ["bounds", *_lp_bounds(program)]
    integer = [name for name, whole in zip(program.columns, linear.integer.tolist(), strict=True) if whole]
    if integer:
        lines += ["general", *(f" {name}" for name in integer)]
    return "\n".join([*lines, "end", ""])


FORMATS = {"mps": mps_text, "lp": lp_text}


def _sides(program: NamedProgram) -> Iterator[_Side]:
    """The rows; one that is limited from both sides becomes two, one that is not limited none."""
    linear = program.linear
    start, data = linear.matrix.indptr.tolist(), linear.matrix.data.tolist()
    names = [program.columns[index] for index in linear.matrix.indices.tolist()]
    limits = zip(program.rows, linear.row_lower.tolist(), linear.row_upper.tolist(), strict=True)
    for row, (name, low, high) in enumerate(limits):
        terms = list(zip(names[start[row] : start[row + 1]], data[start[row] : start[row + 1]], strict=True))
        if low == high:
            yield _Side(name, "E", low, terms)
        elif math.isfinite(low) and math.isfinite(high):
            yield _Side(f"{name}_low", "G", low, terms)
            yield _Side(f"{name}_high", "L", high, terms)
        elif math.isfinite(low):
            yield _Side(name, "G", low, terms)
        elif math.isfinite(high):
            yield _Side(name, "L", high, terms)


def _mps_columns(program: NamedProgram, sides: list[_Side]) -> Iterator[str]:
    """Entries column by column, whole-number columns between markers."""
    linear = program.linear
    place = {name: index for index, name in enumerate(program.columns)}
    entries: list[list[str]] = [[] for _ in program.columns]
    for side in sides:
        for column, value in side.terms:
            entries[place[column]].append(f" {column} {side.name} {_number(value)}")
    inside, markers = False, 0
    for index, whole in enumerate(linear.integer.tolist()):
        if whole != inside:
            yield f" marker{markers} 'MARKER' '{'INTORG' if whole else 'INTEND'}'"
            inside, markers = whole, markers + 1
        value = float(linear.objective[index])
        if value != 0.0 or not entries[index]:  # a column exists by its first entry
            yield f" {program.columns[index]} minus_objective {_number(-value)}"
        yield from entries[index]
    if inside:
        yield f" marker{markers} 'MARKER' 'INTEND'"


def _mps_bounds(program: NamedProgram) -> Iterator[str]:
    """Every bound in full: readers differ in what they assume for whole-number columns."""
    for name, low, high in _bounds(program):
        if low == high:
            yield f" FX bound {name} {_number(low)}"
            continue
        yield f" LO bound {name} {_number(low)}" if math.isfinite(low) else f" MI bound {name}"
        yield f" UP bound {name} {_number(high)}" if math.isfinite(high) else f" PL bound {name}"


def _lp_bounds(program: NamedProgram) -> Iterator[str]:
    for name, low, high in _bounds(program):
        if low == high:
            yield f" {name} = {_number(low)}"
        else:
            yield f" {_number(low)} <= {name} <= {_number(high)}"


def _bounds(program: NamedProgram) -> Iterable[tuple[str, float, float]]:
    return zip(program.columns, program.linear.lower.tolist(), program.linear.upper.tolist(), strict=True)


def _expression(program: NamedProgram, terms: list[tuple[str, float]]) -> str:
    """A sum over several lines; where there is nothing to sum, zero times the first column."""
    parts = [f"{'-' if value < 0 else '+'} {_number(abs(value))} {name}" for name, value in terms]
    parts = parts or [f"0 {program.columns[0]}"]
    lines = (" ".join(parts[k : k + TERMS_PER_LINE]) for k in range(0, len(parts), TERMS_PER_LINE))
    return "\n  ".join(lines)


def _number(value: float) -> str:
    """The shortest text that reads back as the same number; infinities as both formats spell them."""
    return f"{value:+}" if math.isinf(value) else repr(value + 0.0).removesuffix(".0")  # -0.0 becomes 0
