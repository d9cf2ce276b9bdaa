"""Hostile changes to sound files: of their structure (JSON or TOML), and of their bytes."""

from __future__ import annotations

import copy
import json
import math
import random
import tomllib
from collections.abc import Callable
from typing import Any

DEEP, HUGE, EXPONENT = "@deep@", "@huge@", "@exponent@"
"""Stand for what no writer writes: a thousand levels, a number of 5000 digits, one beyond every float."""
DEPTH = 1000
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**64 - 1, 10**400, 0.5, -0.0, 1e308, 5e-324,
    math.nan, math.inf, -math.inf, DEEP, HUGE, EXPONENT, "", " ", "\0", "a\nb\r\u2028c", "\x1b[31m", "\u202egnp.exe", "а\u0301", "x" * 5000,
    "../../etc/passwd", "/etc/passwd", "\0.toml", "x" * 300 + ".toml", "\0.json", "x" * 300 + ".json", "\0.py", "x" * 300 + ".py",
    "x.py:\0", "<script>alert(1)</script>", "{{7*7}}", "__class__", [], {}, [[]], [{}], [None], {"": {}}, {"\0": "\0"},
    {"x" * 500: 1}, [0] * 300, [2**40 - 1] * 300, [0, 2**39], ["a", "a"], {"dtype": "object", "shape": [1], "data": [1]},
    {"dtype": "int64", "shape": [0, 2**39, 2**39], "data": []},
)  # fmt: skip
"""What replaces a value somewhere in a sound file."""
SNIPPETS = (
    b"\0", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"NaN", b"Infinity", b"1e999", b"\\ud800", b'"', b"[", b"{", b"}",
    b"\n", b"\r", b"-", b"[" * DEPTH, b'{"a":' * DEPTH, b"9" * 5000, b'"a":1,"a":2,',
)  # fmt: skip
"""What is put between its bytes."""


def to_json(document: Any) -> bytes:
    """JSON with Python's extensions NaN and Infinity, and with the absurdities that strings stand for."""
    text = json.dumps(document)
    absurd = {DEEP: "[" * DEPTH + "]" * DEPTH, HUGE: "9" * 5000, EXPONENT: "1e999"}
    return _replaced(text, absurd).encode("utf-8", "surrogatepass")


def to_toml(document: dict[str, Any]) -> bytes:
    """TOML in one line a key, tables inline; null, which TOML lacks, becomes an empty string."""
    text = "".join(f"{json.dumps(str(key))} = {_toml(value)}\n" for key, value in document.items())
    absurd = {DEEP: "{" + ".".join("a" * DEPTH) + " = 1}", HUGE: "0x" + "f" * 5000, EXPONENT: "1e999"}
    return _replaced(text, absurd).encode("utf-8", "surrogatepass")


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(key))} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return json.dumps("" if value is None else value)


def _replaced(text: str, absurd: dict[str, str]) -> str:
    for marker, value in absurd.items():
        text = text.replace(json.dumps(marker), value)
    return text


def mutate(sound: bytes, form: str, rng: random.Random) -> bytes:
    """A sound file with one to three hostile changes.

    Parameters
    ----------
    sound, form
        The file, and what it is made of: ``json``, ``lines`` (a JSON object a line), ``toml`` or ``bytes``.
    rng
        Decides about the changes.
    """
    if form == "bytes" or rng.random() < 0.3:
        return _torn(sound, rng)
    if form == "lines":
        lines = [json.loads(line) for line in sound.splitlines()]
        chosen = rng.randrange(len(lines))
        changed = [_changed(line, rng) if k == chosen else line for k, line in enumerate(lines)]
        return b"\n".join(map(to_json, changed))
    parse: Callable[[str], Any] = json.loads if form == "json" else tomllib.loads
    document = _changed(parse(sound.decode()), rng)
    return to_json(document) if form == "json" else to_toml(document)


def _changed(document: Any, rng: random.Random) -> Any:
    """The document with one to three of its values replaced, dropped or doubled."""
    document = copy.deepcopy(document)
    for _ in range(rng.randint(1, 3)):
        table, key = rng.choice(_places(document))
        match rng.randrange(6):
            case 0 if isinstance(table, dict):
                table[rng.choice(["", "\0", "schema", "x", "\u202ex", "__init__"])] = rng.choice(VALUES)
            case 1:
                del table[key]
            case _:
                table[key] = copy.deepcopy(rng.choice(VALUES))
        if not document:
            break
    return document


def _places(node: Any) -> list[tuple[Any, Any]]:
    """Every table or list with each key of it; of a long list the first three."""
    if isinstance(node, dict):
        keys: list[Any] = list(node)
    else:
        keys = list(range(min(len(node), 3))) if isinstance(node, list) else []
    return [(node, key) for key in keys] + [place for key in keys for place in _places(node[key])]


def _torn(sound: bytes, rng: random.Random) -> bytes:
    """The bytes cut off, flipped, doubled in part, or with something between them."""
    data = bytearray(sound)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(5):
            case 0:
                del data[at:]
            case 1:
                data[at:at] = rng.choice(SNIPPETS)
            case 2:
                data[at:at] = data[at : at + rng.randrange(1, 200)]
            case 3:
                del data[at : at + rng.randrange(1, 9)]
            case _:
                data[at : at + 1] = rng.randbytes(1)
    return bytes(data)
