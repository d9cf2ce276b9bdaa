"""Decisions of many rows in one compressed file: whole numbers in the fewest bytes that hold them, one array after another.

What a row's arrays are called, their dtypes and lengths stand in the row; the file is their content and nothing else, so
that its size is known before it is unpacked.
"""

from __future__ import annotations

import lzma
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from aigcbench.errors import InputError, one_line
from aigcbench.submissions.text import WORD, matching

WHOLE = ("int8", "int16", "int32", "int64")
DTYPES = (*WHOLE, "float64")
MAXIMUM_ROW_BYTES = 100_000_000
MAXIMUM_FILE_BYTES = 2_000_000_000
MEMORY_BYTES = 200_000_000
"""That unpacking may take."""
CHUNK = 1 << 20

Shapes = dict[str, tuple[str, tuple[int, ...]]]
"""Dtype and shape of each of a row's arrays, by name."""


def smallest(array: np.ndarray) -> np.ndarray:
    """The same numbers in the smallest dtype of `DTYPES`."""
    if array.dtype.kind == "f":
        return array.astype("<f8")
    low, high = (int(array.min()), int(array.max())) if array.size else (0, 0)
    fits = next(name for name in WHOLE if np.iinfo(name).min <= low and high <= np.iinfo(name).max)
    return array.astype(np.dtype(fits).newbyteorder("<"))


def shapes_of(decisions: Mapping[str, np.ndarray]) -> dict[str, list[Any]]:
    """What a row says of its decisions: ``{"service": ["int8", [1000]]}``."""
    return {name: [smallest(array).dtype.name, list(array.shape)] for name, array in sorted(decisions.items())}


def pack(rows: Iterable[Mapping[str, np.ndarray]]) -> bytes:
    """The file of some rows' decisions, in their order."""
    packer = lzma.LZMACompressor(preset=6)
    parts = [packer.compress(smallest(array).tobytes()) for row in rows for _, array in sorted(row.items())]
    return b"".join([*parts, packer.flush()])


def read_shapes(value: Any, where: str) -> Shapes | None:
    """What `shapes_of` gave, from a stranger; None where the row has no decisions. `InputError` for anything else."""
    if value is None:
        return None
    expected = '{"array": ["int8", [1000]]} or null'
    if not isinstance(value, dict) or not 0 < len(value) <= 10:
        raise InputError(where, one_line(ascii(value), 60), expected)
    shapes: Shapes = {}
    for name in sorted(value):
        matching(WORD, name, where, expected)
        match value[name]:
            case [str(dtype), list(shape)] if dtype in DTYPES and len(shape) <= 4:
                if not all(type(length) is int and 0 <= length < 2**31 for length in shape):
                    raise InputError(f"{where}.{name}", one_line(ascii(shape), 60), "lengths >= 0")
                shapes[name] = (dtype, tuple(shape))
            case _:
                raise InputError(f"{where}.{name}", one_line(ascii(value[name]), 60), expected)
    if n_bytes(shapes) > MAXIMUM_ROW_BYTES:
        raise InputError(where, f"{n_bytes(shapes)} bytes of decisions", f"at most {MAXIMUM_ROW_BYTES} in a row")
    return shapes


def n_bytes(shapes: Shapes) -> int:
    """Unpacked size of a row's decisions."""
    return sum(np.dtype(dtype).itemsize * math.prod(shape) for dtype, shape in shapes.values())


class Unpacker:
    """Reads a file that `pack` wrote row by row, never holding more of it than one row.

    Parameters
    ----------
    data, where
        The file, and what to call it.
    """

    def __init__(self, data: bytes, where: str) -> None:
        self._rest, self._where = data, where
        self._unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY_BYTES)
        self._ready = b""

    def row(self, shapes: Shapes) -> dict[str, np.ndarray]:
        """The next row's decisions, whole numbers as int64."""
        decisions = {}
        for name, (dtype, shape) in shapes.items():
            raw = self._exactly(np.dtype(dtype).itemsize * math.prod(shape))
            array = np.frombuffer(raw, np.dtype(dtype).newbyteorder("<")).reshape(shape)
            decisions[name] = array.astype("float64" if dtype == "float64" else "int64")
        return decisions

    def end(self) -> None:
        """Raise `InputError` unless everything has been read."""
        if self._ready or self._more(1) or self._unpacker.unused_data or not self._unpacker.eof:
            raise InputError(
                self._where, "more decisions than its rows have, or a broken end", "as many as its rows say"
            )

    def _exactly(self, size: int) -> bytes:
        parts, missing = [self._ready[:size]], size - len(self._ready)
        self._ready = self._ready[size:]
        while missing > 0:
            part = self._more(min(missing, CHUNK))
            if not part:
                raise InputError(self._where, "fewer decisions than its rows have", "as many as its rows say")
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _more(self, size: int) -> bytes:
        """At most ``size`` further bytes, none at the end."""
        try:
            while not self._unpacker.eof:
                given, self._rest = self._rest, b""
                if part := self._unpacker.decompress(given, size):
                    return part
                if self._unpacker.needs_input:
                    return b""
        except lzma.LZMAError as error:
            raise InputError(
                self._where, f"cannot be unpacked ({one_line(error, 60)})", "an xz file of decisions"
            ) from None
        return b""
