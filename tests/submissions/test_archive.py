"""Packed decisions."""

import lzma

import numpy as np
import pytest

from aigcbench.errors import InputError
from aigcbench.submissions.archive import MAXIMUM_ROW_BYTES, Unpacker, n_bytes, pack, read_shapes, shapes_of

ROWS = [
    {"service": np.array([-1, 0, 127])},
    {"service": np.array([-1, 0, 128])},
    {"cache": np.array([[0, 1], [1, 0]]), "share": np.array([0.1, -0.0, 1 / 3])},
    {"service": np.array([2**40, -5])},
    {"service": np.empty(0, np.int64)},
]


def unpacked(data, shapes):
    """All rows of an archive."""
    unpacker = Unpacker(data, "archive")
    rows = [unpacker.row(shape) for shape in shapes]
    unpacker.end()
    return rows


def shapes(rows=ROWS):
    """Shapes as they are read from rows."""
    return [read_shapes(shapes_of(row), "row") for row in rows]


def test_every_bit_comes_back():
    """Whole numbers come back as int64, floats with every bit, whatever dtype held them."""
    for row, found in zip(ROWS, unpacked(pack(ROWS), shapes()), strict=True):
        assert {name: array.dtype for name, array in found.items()} == {
            name: array.dtype for name, array in row.items()
        }
        assert all(found[name].tobytes() == row[name].tobytes() for name in row)
    assert [shape["service"][0] for shape in shapes() if "service" in shape] == ["int8", "int16", "int64", "int8"]
    assert pack(ROWS) == pack(ROWS)


def test_decisions_of_another_length():
    """An archive with more or fewer decisions than its rows say is refused, and so is one that breaks off or is none."""
    with pytest.raises(InputError, match="more decisions"):
        unpacked(pack([*ROWS, ROWS[0]]), shapes())
    with pytest.raises(InputError, match="fewer decisions"):
        unpacked(pack(ROWS[:-2]), shapes())
    with pytest.raises(InputError, match="fewer decisions"):
        unpacked(pack(ROWS)[:40], shapes())
    for ending in (pack(ROWS)[:-9], pack(ROWS) + b"surplus"):
        with pytest.raises(InputError, match="a broken end"):
            unpacked(ending, shapes())
    with pytest.raises(InputError, match="cannot be unpacked"):
        unpacked(b"no archive at all, not even nearly", shapes())


def test_a_bomb_is_not_unpacked():
    """Of a few bytes that unpack to a gigabyte no more is unpacked than the rows say."""
    packer = lzma.LZMACompressor(preset=1)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    assert len(bomb) < 20_000
    with pytest.raises(InputError, match="more decisions"):
        unpacked(bomb, shapes(ROWS[:1]))


def test_a_greedy_dictionary_is_refused():
    """An archive whose unpacking would take gigabytes of memory is refused before it does."""
    packer = lzma.LZMACompressor(filters=[{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 2**29}])
    with pytest.raises(InputError, match="cannot be unpacked"):
        unpacked(packer.compress(bytes(100)) + packer.flush(), shapes(ROWS[:1]))


BAD = [
    {}, [], "x", {"a": ["int8"]}, {"a": ["uint8", [1]]}, {"a": ["int8", [-1]]}, {"a": ["int8", [1.0]]}, {"a": ["int8", [True]]},
    {"a": ["int8", [1, 1, 1, 1, 1]]}, {"../a": ["int8", [1]]}, {"a": ["int8", [MAXIMUM_ROW_BYTES + 1]]}, {"a": ["int8", [2**40]]},
]  # fmt: skip


@pytest.mark.parametrize("given", BAD, ids=str)
def test_bad_shapes(given):
    """What is no description of decisions, or one of too many, is refused before anything is unpacked."""
    with pytest.raises(InputError):
        read_shapes(given, "row")


def test_no_decisions():
    """A row may have none; the size of others is known from their shapes."""
    assert read_shapes(None, "row") is None
    assert n_bytes({"a": ("int16", (3, 2)), "b": ("float64", ())}) == 20
