"""Which texts a submission may hold: names that mean what they look like, and nothing that could be markup or a path."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from aigcbench.errors import InputError, one_line

SLUG = re.compile(r"[a-z0-9](-?[a-z0-9]){0,59}")
SCENARIO = re.compile(r"[a-z0-9-]{1,40}/[a-z0-9-]{1,60}")
SOLVER = re.compile(r"[a-z0-9.-]{1,60}")
LABEL = re.compile(r"([a-z0-9.-]{1,60})(?:\[[A-Za-z0-9_=,.+-]{1,300}\])?(?: from ([a-z0-9/-]{1,100}))?")
SHA256 = re.compile(r"[0-9a-f]{64}")
WORD = re.compile(r"[A-Za-z0-9_.-]{1,60}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\+00:00|Z)")
ADDRESS = re.compile(r"https://[A-Za-z0-9._~/#?&=%+-]{1,300}")
PUNCTUATION = frozenset(" .,'-()&+/:;!?@#%=*_")
CONFUSABLE = {"LATIN", "GREEK", "CYRILLIC"}
"""Alphabets with letters that look alike."""


def matching(pattern: re.Pattern[str], value: Any, where: str, expected: str) -> str:
    """The text if the whole of it matches, or `InputError`."""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise InputError(where, one_line(ascii(value), 80), expected)
    return value


def plain_text(value: Any, where: str, longest: int) -> str:
    """A line for people in any script, without markup, control, invisible or direction-changing characters, or `InputError`.

    Letters must be in composed form (NFKC), and no word may mix alphabets whose letters look alike.
    """
    expected = f"1 to {longest} letters, digits, spaces and simple punctuation, no word in two alphabets"
    if (
        not isinstance(value, str)
        or not 0 < len(value) <= longest
        or value != unicodedata.normalize("NFKC", value.strip())
        or not all(letter in PUNCTUATION or unicodedata.category(letter)[0] in "LMN" for letter in value)
        or any(len(_alphabets(word) & CONFUSABLE) > 1 for word in value.split())
    ):
        raise InputError(where, one_line(ascii(value), 80), expected)
    return value


def _alphabets(word: str) -> set[str]:
    """First words of the Unicode names of a word's letters, e.g. LATIN, CYRILLIC, CJK."""
    return {unicodedata.name(letter, "?").partition(" ")[0] for letter in word if letter.isalpha()}


def printable(value: Any, where: str, longest: int) -> str:
    """One line of printable ASCII, as the harness writes details of its rows; pages escape it. `InputError` for anything else."""
    if (
        not isinstance(value, str)
        or len(value) > longest
        or not value.isascii()
        or not (value.isprintable() or not value)
    ):
        raise InputError(where, one_line(ascii(value), 80), f"one line of at most {longest} printable ASCII characters")
    return value
