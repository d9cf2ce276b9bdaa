"""Rows and metadata that are not sound in form."""

import orjson
import pytest

from aigcbench.errors import InputError
from aigcbench.submissions.folder import METADATA, ROWS
from aigcbench.submissions.submission import Submission

SCRIPT = "<script>alert(1)</script>"


def refused(folder):
    """The one line with which a submission is refused."""
    with pytest.raises(InputError) as caught:
        Submission.load(folder)
    line = str(caught.value)
    assert "\n" not in line
    assert "<script>" not in line or line.isascii()
    return line


BAD_FIELDS = {
    "script as solver": {"solver": SCRIPT}, "script as label": {"label": f"random[{SCRIPT}]"}, "markup in a label": {"label": 'random["x"]'},
    "invisible letter": {"label": "ran\u200bdom"}, "cyrillic letter": {"solver": "r\u0430ndom"}, "newline in a detail": {"detail": "a\nb"},
    "direction override": {"detail": "\u202egnp"}, "path as scenario": {"scenario": "../../etc/passwd"}, "absolute path": {"scenario": "/etc/passwd"},
    "scenario file": {"scenario": "x/y.toml"}, "infinite time": {"wall_seconds": 1e308 * 10}, "negative time": {"wall_seconds": -1.0},
    "text as time": {"wall_seconds": "1"}, "no flag": {"timed": 1}, "huge seed": {"seed": 2**63}, "negative seed": {"instance_seed": -1},
    "unknown status": {"status": "great"}, "unknown family": {"family": "magic"}, "unknown class": {"information": "psychic"},
    "nested parameter": {"parameters": {"a": {"b": 1}}}, "script as parameter": {"parameters": {"a": SCRIPT}}, "metric of text": {"metrics": {"utility": "9"}},
    "metric of null": {"metrics": {"utility": None}}, "metric of true": {"metrics": {"utility": True}}, "short hash": {"instance_sha256": "ab"},
    "bad curve": {"anytime": [[1.0]]}, "bad time": {"finished_at": "yesterday"}, "no such machine": {"environment": 9}, "surplus field": {"bound": 99.0},
}  # fmt: skip


@pytest.mark.parametrize("fields", BAD_FIELDS.values(), ids=BAD_FIELDS)
def test_bad_fields(folder, forger, fields):
    """A field that is not what it should be is refused, with its line."""
    forger.first("random", **fields)
    assert ROWS in refused(folder)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_no_number(folder, number):
    """What is not a finite number is no JSON, in a score least of all."""
    text = (folder / ROWS).read_bytes()
    start = text.index(b'"utility":') + len(b'"utility":')
    (folder / ROWS).write_bytes(text[:start] + number.encode() + text[text.index(b",", start) :])
    assert ROWS in refused(folder)


def test_rows_stand_once_and_in_order(folder, forger):
    """A row that stands twice is refused, even with another score, and so are rows out of order."""
    forger.rows(lambda rows: rows.insert(1, rows[0] | {"metrics": {"utility": 9.0}}))
    assert "line 2: a row that stands twice" in refused(folder)
    forger.rows(lambda rows: rows.pop(1))
    Submission.load(folder)
    forger.rows(lambda rows: rows.reverse())
    assert "out of order" in refused(folder)


@pytest.mark.parametrize(
    "text", [b"", b"[]\n", b"{}\n", b"{" * 100_000, b"\xff\xfe\n", b'{"a": ' * 5000, b" " * 300_000]
)
def test_no_rows(folder, text):
    """What is no list of rows is refused at once."""
    (folder / ROWS).write_bytes(text)
    assert ROWS in refused(folder)


BAD_METADATA = {
    "script as author": {"author": SCRIPT}, "script as summary": {"summary": f"A {SCRIPT}"}, "hidden text": {"author": "A\u202eB"},
    "script as address": {"address": "javascript:alert(1)"}, "plain http": {"address": "http://example.org"},
    "markup in an address": {"address": 'https://a.org/"><script>'}, "path as name": {"name": "../honest"}, "no author": {"author": None},
    "another schema": {"schema": "aigcbench-submission/9"}, "surplus key": {"verified": True}, "no machines": {"environments": []},
    "script as machine": {"environments": [{"processor": SCRIPT}]}, "deep machine": {"environments": [{"a": {"b": {"c": 1}}}]},
    "large machine": {"environments": [{"a": "x" * 5000}]},
}  # fmt: skip


@pytest.mark.parametrize("fields", BAD_METADATA.values(), ids=BAD_METADATA)
def test_bad_metadata(folder, forger, fields):
    """Texts that deceive or could be markup, and unknown keys, are refused."""
    forger.metadata(**fields)
    assert refused(folder)


BAD_PLANS = {
    "no scenarios": {"scenarios": []}, "path as scenario": {"scenarios": ["../x/y"]}, "unsorted": {"scenarios": ["caching/tiny", "assignment/asp-tiny"]},
    "no instances": {"instances": 0}, "share of an instance": {"instances": 1.5}, "too many": {"instances": 1000, "seeds": 1000},
    "no limits": {"limits": {}}, "text as limit": {"limits": {"wall_seconds": "9", "memory_mb": 1, "threads": 1}}, "surplus": {"best_of": 5},
    "endless": {"limits": {"wall_seconds": 1e12, "memory_mb": 1, "threads": 1}},
}  # fmt: skip


@pytest.mark.parametrize("fields", BAD_PLANS.values(), ids=BAD_PLANS)
def test_bad_plans(folder, forger, fields):
    """A plan that is none, or of more cells than could be looked through, is refused."""
    forger.plan(**fields)
    assert METADATA in refused(folder)


def test_no_metadata(folder):
    """What is no JSON object is refused."""
    for text in (b"", b"[" * 100_000, orjson.dumps([1]), b"\xff"):
        (folder / METADATA).write_bytes(text)
        assert METADATA in refused(folder)
