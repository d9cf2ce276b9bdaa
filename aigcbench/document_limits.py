"""What no document of ours comes near: refused before or after parsing, so that a hostile one costs little time and memory."""

from __future__ import annotations

from typing import Any

from aigcbench.errors import InputError

MAXIMUM_DEPTH = 32
MAXIMUM_MARKS = 10**6
"""Of opening brackets, opening braces and quotation marks: a list takes 28 times the memory of its two characters."""
MAXIMUM_ENTRIES = 10**8
MAXIMUM_BITS = 10_000
"""Of a whole number: one of 4300 digits or more cannot be turned into text."""
MAXIMUM_TOML_BYTES = 4 * 1024**2
MAXIMUM_DOT_PAIRS = 2 * 10**6
"""Pairs of dots on the same line: the time that the library's TOML parser takes for a dotted key grows with their number."""


def refuse_costly_json(data: bytes, where: str) -> None:
    """Raise `InputError` where the parsed document would take far more memory than its text."""
    for mark, what, most in (
        (b"[", "lists", MAXIMUM_MARKS),
        (b"{", "tables", MAXIMUM_MARKS),
        (b'"', "quotation marks", MAXIMUM_MARKS),
        (b",", "entries", MAXIMUM_ENTRIES),
    ):
        if (count := data.count(mark)) > most:
            raise InputError(where, f"{count} {what}", f"at most {most}")


def refuse_costly_toml(data: bytes, where: str) -> None:
    """Raise `InputError` where parsing would take long."""
    if len(data) > MAXIMUM_TOML_BYTES:
        raise InputError(where, f"more than {MAXIMUM_TOML_BYTES} bytes", "less")
    if sum(line.count(b".") ** 2 for line in data.splitlines()) > MAXIMUM_DOT_PAIRS:
        raise InputError(where, "too many dots on a line", "keys of few parts, long lists on several lines")


def refuse_absurd(document: Any, where: str) -> None:
    """Raise `InputError` for a document that cannot be shown in an error message: too deep, or with too long a number."""
    level: list[Any] = [[document]]
    for _ in range(MAXIMUM_DEPTH + 1):
        inner: list[Any] = []
        for node in level:
            children = node.values() if isinstance(node, dict) else node
            kinds = set(map(type, children))
            if int in kinds and any(type(child) is int and child.bit_length() > MAXIMUM_BITS for child in children):
                raise InputError(where, f"a whole number of more than {MAXIMUM_BITS} bits", "at most 64 bits")
            if not kinds.isdisjoint((dict, list)):
                inner += [child for child in children if isinstance(child, (dict, list))]
        if not inner:
            return
        level = inner
    raise InputError(where, f"tables and lists nested more than {MAXIMUM_DEPTH} deep", "few levels")
