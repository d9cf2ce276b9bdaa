"""The table of published bounds."""

import pytest

from aigcbench.errors import InputError
from aigcbench.problems.problem import Bound
from aigcbench.submissions.bounds import load_bounds, publish_bounds

UP, DOWN = "assignment/asp-tiny#0", "offloading/tiny#0"  # utility is to be high, delay to be low
ONE, TWO = "1" * 64, "2" * 64


@pytest.fixture
def path(tmp_path):
    """A table of two bounds."""
    file = tmp_path / "bounds.csv"
    assert publish_bounds(file, {ONE: (UP, Bound(1 / 3, "p")), TWO: (DOWN, Bound(0.1, "p"))}) == 2
    return file


def test_every_bit_comes_back(path):
    """The table is written by name of the instance, with every bit; the same content gives the same bytes."""
    found = load_bounds(path)
    assert [(sha256, item.instance, item.bound.value) for sha256, item in found.items()] == [
        (ONE, UP, 1 / 3),
        (TWO, DOWN, 0.1),
    ]
    before = path.read_bytes()
    assert publish_bounds(path, {}) == 0
    assert path.read_bytes() == before


def test_tighter_bounds_replace_looser_ones(path):
    """Tighter means lower where a high score is good, and higher where a low one is."""
    for name, sha256, looser, tighter in ((UP, ONE, 0.4, 0.2), (DOWN, TWO, 0.05, 0.15)):
        assert [publish_bounds(path, {sha256: (name, Bound(value, "q"))}) for value in (looser, tighter, tighter)] == [
            0,
            1,
            0,
        ]
        assert load_bounds(path)[sha256].bound == Bound(tighter, "q")
    assert publish_bounds(path, {ONE: (UP, Bound(float("-inf"), "q"))}) == 0


ROW = f"{UP},{ONE},0.5,p\n"
BAD = {
    "columns": "a,b\n", "fields": f"{UP},{ONE},0.5\n", "path": f"../x/y#0,{ONE},0.5,p\n", "no seed": f"assignment/asp-tiny#x,{ONE},0.5,p\n",
    "hash": f"{UP},ab,0.5,p\n", "nan": f"{UP},{ONE},nan,p\n", "text": f"{UP},{ONE},high,p\n", "markup": f"{UP},{ONE},0.5,<b>\n", "twice": ROW + ROW,
    "quotes": f'{UP},"{ONE}\n',
}  # fmt: skip


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_bad_tables(path, text):
    """A table that does not hold together is refused in one line."""
    head = "" if text.startswith("a,b") else "instance,instance_sha256,bound,method\n"
    path.write_text(head + text)
    with pytest.raises(InputError) as caught:
        load_bounds(path)
    assert "\n" not in str(caught.value)
