"""Instance: one frozen draw of a scenario, as a header and named arrays; one file format; one identity (sha256)."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

import numpy as np
import orjson

from aigcbench.document_limits import refuse_absurd, refuse_costly_json
from aigcbench.errors import InputError, one_line

SCHEMA = "aigcbench-instance/1"
SPLITS = ("test", "train", "validation")
DTYPES = ("int64", "float64")
MAXIMUM_DIMENSIONS = 8
MAXIMUM_BYTES = 2 * 1024**3  # of decompressed JSON: an archive bomb must not take the machine's memory

Scalar = bool | int | float | str


@dataclass(frozen=True, eq=False)
class Instance:
    """One instance. Equal content has an equal `sha256`, on every machine.

    Parameters
    ----------
    formulation
        E.g. ``"assignment"``.
    scenario, scenario_version
        The scenario that it was drawn from, or ``"custom"`` and 0.
    split, seed
        Which draw it is: split ``test``, ``train`` or ``validation`` (disjoint streams) and a seed >= 0.
    parameters
        Scalars that the formulation needs beside the arrays.
    arrays
        Named int64 or float64 arrays; held read-only, contiguous.
    """

    formulation: str
    scenario: str
    scenario_version: int
    split: str
    seed: int
    parameters: Mapping[str, Scalar]
    arrays: Mapping[str, np.ndarray] = field(repr=False)

    def __post_init__(self) -> None:
        frozen = {name: _frozen(name, array) for name, array in sorted(self.arrays.items())}
        object.__setattr__(self, "arrays", MappingProxyType(frozen))
        object.__setattr__(self, "parameters", MappingProxyType(dict(sorted(self.parameters.items()))))
        if self.split not in SPLITS:
            raise InputError("split", repr(self.split), f"one of {', '.join(SPLITS)}")
        for name, number in (("seed", self.seed), ("scenario_version", self.scenario_version)):
            if type(number) is not int or not 0 <= number < 2**63:
                raise InputError(name, repr(number), "a whole number >= 0")

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as what it was made from, so that an instance can go to another machine."""
        header = self.formulation, self.scenario, self.scenario_version, self.split, self.seed
        return Instance, (*header, dict(self.parameters), dict(self.arrays))

    def __getitem__(self, name: str) -> np.ndarray:
        """The array called ``name``."""
        return self.arrays[name]

    @property
    def name(self) -> str:
        """Readable name, e.g. ``assignment/asp-paper#7`` (``...#train7`` outside the test split)."""
        return f"{self.scenario}#{'' if self.split == 'test' else self.split}{self.seed}"

    @cached_property
    def sha256(self) -> str:
        """Identity: sha256 over the canonical header and the arrays' little-endian bytes."""
        digest = hashlib.sha256(orjson.dumps(self._header(), option=orjson.OPT_SORT_KEYS))
        for array in self.arrays.values():
            digest.update(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())
        return digest.hexdigest()

    def _header(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "formulation": self.formulation,
            "scenario": self.scenario,
            "scenario_version": self.scenario_version,
            "split": self.split,
            "seed": self.seed,
            "parameters": dict(self.parameters),
            "arrays": {name: {"dtype": str(a.dtype), "shape": list(a.shape)} for name, a in self.arrays.items()},
        }

    def to_bytes(self) -> bytes:
        """The instance as one JSON document; floats keep every bit."""
        document = self._header() | {"sha256": self.sha256}
        for name, array in self.arrays.items():
            document["arrays"][name]["data"] = array.reshape(-1)
        return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)

    @classmethod
    def from_bytes(cls, data: bytes, where: str = "instance") -> Instance:
        """Read what `to_bytes` wrote; raise `InputError` for anything else, a changed number included."""
        document = parse_document(data, SCHEMA, where)
        for key, kind in _HEADER_TYPES.items():
            if type(document.get(key)) is not kind:
                raise InputError(
                    where, f"'{key}' is missing or not of type {kind.__name__}", f"a file of schema {SCHEMA}"
                )
        for name, value in document["parameters"].items():
            if type(value) not in (bool, int, float, str):
                raise InputError(f"{where}: parameters.{name}", one_line(repr(value), 60), "a scalar")
        arrays = {name: read_array(entry, f"{where}: arrays.{name}") for name, entry in document["arrays"].items()}
        fields = {key: document[key] for key in _HEADER_TYPES if key not in ("arrays", "sha256")}
        try:
            instance = cls(arrays=arrays, **fields)
        except InputError as error:
            raise InputError(f"{where}: {error.where}", error.wrong, error.expected) from None
        if instance.sha256 != document["sha256"]:
            raise InputError(
                where,
                f"content has sha256 {instance.sha256[:12]}...",
                f"{one_line(document['sha256'])[:12]}... as it says",
            )
        return instance

    def save(self, path: str | Path) -> None:
        """Write to ``path``; compressed when the name ends in ``.gz``."""
        write_file(path, self.to_bytes())

    @classmethod
    def load(cls, path: str | Path) -> Instance:
        """Read a file that `save` wrote."""
        return cls.from_bytes(read_file(path), str(path))


_HEADER_TYPES: dict[str, type] = {
    "formulation": str, "scenario": str, "scenario_version": int, "split": str, "seed": int,
    "parameters": dict, "arrays": dict, "sha256": str,
}  # fmt: skip


def _frozen(name: str, array: np.ndarray) -> np.ndarray:
    """A read-only, contiguous array of an allowed dtype (the same memory where it is so already)."""
    if not isinstance(array, np.ndarray) or str(array.dtype) not in DTYPES:
        raise InputError(f"arrays.{name}", f"{getattr(array, 'dtype', type(array).__name__)}", " or ".join(DTYPES))
    array = np.ascontiguousarray(array)
    if array.flags.writeable:
        array = array.copy()
        array.flags.writeable = False
    return array


def parse_document(data: bytes, schema: str, where: str) -> dict[str, Any]:
    """Parse JSON that must be an object of the given schema."""
    refuse_costly_json(data, where)
    try:
        document = orjson.loads(data)
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise InputError(where, f"not JSON ({error})", f"a file of schema {schema}") from None
    refuse_absurd(document, where)
    if not isinstance(document, dict) or document.get("schema") != schema:
        found = document.get("schema") if isinstance(document, dict) else type(document).__name__
        raise InputError(where, f"schema {one_line(repr(found), 60)}", repr(schema))
    return document


def read_array(entry: Any, where: str) -> np.ndarray:
    """Turn ``{"dtype", "shape", "data"}`` (data flat, row-major) into an array, or raise `InputError`."""
    expected = "{dtype: int64 | float64, shape: [...], data: [flat numbers]}"
    if not isinstance(entry, dict) or entry.get("dtype") not in DTYPES:
        raise InputError(where, "not an array entry", expected)
    shape, data = entry.get("shape"), entry.get("data")
    if (
        not isinstance(shape, list)
        or len(shape) > MAXIMUM_DIMENSIONS
        or not all(type(n) is int and 0 <= n < 2**40 for n in shape)
        or not isinstance(data, list)
    ):
        raise InputError(where, "bad shape or data", expected)
    size = 1
    for length in shape:
        size *= length
    if size != len(data):
        raise InputError(where, f"{len(data)} numbers", f"{size} for shape {shape}")
    kinds = set(map(type, data))
    if not kinds <= ({int} if entry["dtype"] == "int64" else {int, float}):
        wrong = next(
            i for i, v in enumerate(data) if type(v) not in ({int} if entry["dtype"] == "int64" else {int, float})
        )
        raise InputError(f"{where}[{wrong}]", one_line(repr(data[wrong]), 40), entry["dtype"])
    try:
        return np.array(data, dtype=entry["dtype"]).reshape(shape)
    except (OverflowError, ValueError) as error:
        raise InputError(where, str(error), entry["dtype"]) from None


def write_file(path: str | Path, data: bytes) -> None:
    """Write bytes whole or not at all; ``.gz`` names are compressed, without a time stamp so that equal content is equal bytes."""
    path = Path(path)
    packed = gzip.compress(data, compresslevel=6, mtime=0) if path.suffix == ".gz" else data
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + ".partial")
        partial.write_bytes(packed)
        partial.replace(path)
    except OSError as error:
        raise InputError(str(path), f"cannot be written ({error.strerror})", "a writable place") from None


def read_file(path: str | Path) -> bytes:
    """Read bytes, decompressed when the name ends in ``.gz``; bounded in size."""
    path = Path(path)
    try:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rb") as stream:
            data = read_at_most(stream, MAXIMUM_BYTES + 1)
    except (OSError, ValueError, EOFError, zlib.error) as error:  # a ValueError: NUL in the path
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise InputError(str(path), f"cannot be read ({reason})", "a readable file") from None
    if len(data) > MAXIMUM_BYTES:
        raise InputError(str(path), "more than 2 GiB of content", "at most 2 GiB")
    return data


def read_at_most(stream: BinaryIO | gzip.GzipFile, most: int) -> bytes:
    """Read a stream to its end, or ``most`` bytes of it; never ask for memory that the content does not need."""
    data = bytearray()
    while part := stream.read(min(most - len(data), 2**20)):
        data += part
    return bytes(data)


def arrays_to_document(arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Named arrays as the JSON entries that `read_array` reads."""
    return {
        n: {"dtype": str(a.dtype), "shape": list(a.shape), "data": a.reshape(-1).tolist()} for n, a in arrays.items()
    }


def dump_arrays(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Named arrays as bytes: one JSON header line, then their little-endian content; the form that crosses pipes and fills stores."""
    header = [[name, str(array.dtype), list(array.shape)] for name, array in arrays.items()]
    stream = io.BytesIO()
    stream.write(json.dumps(header).encode() + b"\n")
    for array in arrays.values():
        stream.write(np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).tobytes())
    return stream.getvalue()


def parse_arrays(data: bytes, where: str = "arrays") -> dict[str, np.ndarray]:
    """Read what `dump_arrays` wrote, from a sender that is not trusted; raise `InputError` for anything else."""
    head, _, body = data.partition(b"\n")
    arrays: dict[str, np.ndarray] = {}
    try:
        offset = 0
        for name, dtype, shape in json.loads(head):
            if (
                not isinstance(name, str)
                or dtype not in (*DTYPES, "bool")
                or len(shape) > MAXIMUM_DIMENSIONS
                or not all(type(n) is int and n >= 0 for n in shape)
            ):
                raise ValueError(f"bad entry {name!r}")
            count = 1
            for length in shape:
                count *= length
            array = np.frombuffer(body, np.dtype(dtype).newbyteorder("<"), count, offset)
            offset += array.nbytes
            arrays[name] = array.astype(dtype).reshape(shape)
        if offset != len(body):
            raise ValueError("surplus bytes")
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise InputError(where, f"malformed ({one_line(error, 100)})", "named int64 or float64 arrays") from None
    return arrays
