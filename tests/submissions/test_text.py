"""Texts that a submission may hold."""

import pytest

from aigcbench.errors import InputError
from aigcbench.submissions.text import plain_text, printable

FINE = ["A. Name", "José Ñandú", "Ольга Иванова", "山田 太郎", "नरेन्द्र शर्मा", "O'Brien & Sons (2026)", "Ünal-Çelik"]
BAD = {
    "empty": "", "markup": "<script>alert(1)</script>", "entity-like quotes": 'a" onload="x', "control": "a\x1b[31mb",
    "line break": "a\nb", "direction override": "abc\u202egnp.exe", "zero width": "pro\u200bphet", "soft hyphen": "pro\u00adphet",
    "fullwidth letters": "ｐｒｏｐｈｅｔ", "cyrillic a in a latin word": "ann\u0435aling", "greek o": "r\u03bfbot", "decomposed": "e\u0301a",
    "surrounding spaces": " a ", "no-break space": "a\u00a0b", "private use": "\ue000", "backslash": "a\\b", "number": 5, "too long": "a" * 101,
}  # fmt: skip


@pytest.mark.parametrize("text", FINE)
def test_names_of_people(text):
    """Names in any script pass unchanged."""
    assert plain_text(text, "author", 100) == text


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_texts_that_deceive(text):
    """Markup, invisible characters and letters that imitate others are refused in one line of ASCII."""
    with pytest.raises(InputError) as caught:
        plain_text(text, "author", 100)
    assert str(caught.value).isascii()
    assert "\n" not in str(caught.value)


def test_details_are_printable_ascii():
    """The harness's details pass, with angle brackets too, which pages escape; anything invisible does not."""
    assert printable("task 3: 7 < 9", "detail", 400) == "task 3: 7 < 9"
    assert printable("", "detail", 400) == ""
    for text in ("a\nb", "a\u202eb", "x" * 401, None):
        with pytest.raises(InputError):
            printable(text, "detail", 400)
