"""A checkpoint: the weights of a trained policy, with everything that says where they come from.

Two files side by side: ``<name>.safetensors`` (arrays and nothing else, never pickle) and ``<name>.json``, written last.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from aigcbench.errors import InputError, one_line
from aigcbench.instance import parse_document, read_file, write_file
from aigcbench.schema import refuse_unknown
from aigcbench.solver import BUDGETS, Budget, Weights

SCHEMA = "aigcbench-checkpoint/1"
DTYPES = ("float32", "float64", "int64", "bool")
MAXIMUM_ARRAYS = 4096
MAXIMUM_BYTES = 256 * 1024**2


@dataclass(frozen=True)
class Training:
    """What a training is: with the same code, the same training gives the same weights.

    Parameters
    ----------
    solver, version, parameters, source_sha256
        The learner, every one of its parameters, and the hash of its file.
    label
        Its name with the parameters that are not at their defaults.
    task, task_version, task_sha256
        Scenario (or ``gymnasium/<id>``), its version, and the hash of what it draws from.
    seed
        Of all random numbers of the training.
    budget
        What it may spend.
    """

    solver: str
    version: int
    parameters: Mapping[str, Any]
    source_sha256: str
    label: str
    task: str
    task_version: int
    task_sha256: str
    seed: int
    budget: Budget

    @cached_property
    def key(self) -> str:
        """Identity of the training."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    @property
    def name(self) -> str:
        """File name of its checkpoint, without a suffix, e.g. ``d2sac-seed0``."""
        return checkpoint_name(self.label, self.seed)

    @property
    def budget_name(self) -> str:
        """Name of the budget, ``custom`` where it has none."""
        return next((name for name, budget in BUDGETS.items() if budget == self.budget), "custom")

    def entropy(self, purpose: str) -> int:
        """256 bits for one of the training's random streams, the same everywhere."""
        text = f"{self.solver}|{self.task}|{self.seed}|{purpose}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest(), "little")


def checkpoint_name(label: str, seed: int) -> str:
    """File name, without a suffix, for a learner's label and a training seed."""
    return f"{re.sub(r'[^A-Za-z0-9.]+', '-', label).strip('-')}-seed{seed}"


@dataclass(frozen=True)
class Spent:
    """What a training has used."""

    environment_steps: int
    updates: int
    cpu_seconds: float


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Trained weights and their origin.

    Parameters
    ----------
    training
        What was trained.
    weights
        Arrays by name, of the dtypes `DTYPES`, finite.
    spent
        What it has cost.
    validation
        Mean primary score on the validation instances (its sign turned where less is better), or mean return.
    curve
        Points of the training curve, each a table of numbers by name.
    packages
        Versions of the libraries that it was trained with.
    """

    training: Training
    weights: Weights = field(repr=False)
    spent: Spent
    validation: float
    curve: tuple[Mapping[str, float], ...] = field(default=(), repr=False)
    packages: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        refuse_weights(self.weights, "weights")

    @cached_property
    def weights_bytes(self) -> bytes:
        """The weights in the safetensors format: equal weights are equal bytes."""
        return weights_to_bytes(self.weights)

    @cached_property
    def sha256(self) -> str:
        """Identity of the checkpoint: of the training and of the weights; measured times are not in it."""
        return hashlib.sha256(self.training.key.encode() + self.weights_bytes).hexdigest()

    def save(self, folder: str | Path, name: str | None = None) -> Path:
        """Write both files into a folder; return the path of the JSON file."""
        path = Path(folder) / f"{name or self.training.name}.json"
        document = {
            "schema": SCHEMA,
            "sha256": self.sha256,
            "training": asdict(self.training),
            "spent": asdict(self.spent),
            "validation": self.validation,
            "arrays": {name: [str(array.dtype), list(array.shape)] for name, array in sorted(self.weights.items())},
            "packages": dict(self.packages),
            "curve": [dict(point) for point in self.curve],
        }
        write_file(path.with_suffix(".safetensors"), self.weights_bytes)
        write_file(path, (_indented(document) + "\n").encode())
        return path

    @classmethod
    def load(cls, path: str | Path) -> Checkpoint:
        """Read what `save` wrote, given either of the two files; raise `InputError` for anything else."""
        path = Path(path).with_suffix(".json")
        where = str(path)
        document = parse_document(read_file(path), SCHEMA, where)
        refuse_unknown(document, list(_KINDS), where)
        for key, kind in _KINDS.items():
            _hold(document, key, kind, where)
        training = _training(document["training"], f"{where}: training")
        data = _read_weights(path.with_suffix(".safetensors"))
        weights = weights_from_bytes(data, str(path.with_suffix(".safetensors")))
        found = {name: [str(array.dtype), list(array.shape)] for name, array in sorted(weights.items())}
        if found != document["arrays"]:
            raise InputError(where, "arrays are not those of the weights beside it", "names, dtypes and shapes of them")
        checkpoint = cls(
            training=training,
            weights=weights,
            spent=_record(Spent, document["spent"], f"{where}: spent"),
            validation=float(document["validation"]),
            curve=tuple(_point(point, f"{where}: curve[{k}]") for k, point in enumerate(document["curve"])),
            packages={str(name): str(version) for name, version in document["packages"].items()},
        )
        if checkpoint.sha256 != document["sha256"]:
            claimed = one_line(document["sha256"])[:12]
            raise InputError(where, f"content has sha256 {checkpoint.sha256[:12]}...", f"{claimed}... as it says")
        return checkpoint


def refuse_weights(weights: Any, where: str) -> None:
    """Raise `InputError` unless these are named, finite arrays of moderate size."""
    expected = f"arrays of {', '.join(DTYPES)} by name"
    if not isinstance(weights, Mapping) or not weights or len(weights) > MAXIMUM_ARRAYS:
        found = f"{len(weights)} arrays" if isinstance(weights, Mapping) else type(weights).__name__
        raise InputError(where, found, f"1 to {MAXIMUM_ARRAYS} {expected}")
    for name, array in weights.items():
        if not isinstance(name, str) or not isinstance(array, np.ndarray) or str(array.dtype) not in DTYPES:
            kind = getattr(array, "dtype", type(array).__name__)
            raise InputError(f"{where}.{one_line(name, 60)}", str(kind), expected)
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise InputError(f"{where}.{one_line(name, 60)}", "a number that is not finite", "finite numbers")
    size = sum(array.nbytes for array in weights.values())
    if size > MAXIMUM_BYTES:
        raise InputError(where, f"{size} bytes", f"at most {MAXIMUM_BYTES}")


def weights_to_bytes(weights: Weights) -> bytes:
    """Arrays in the safetensors format."""
    from safetensors.numpy import save

    return save({name: np.ascontiguousarray(array).reshape(array.shape) for name, array in weights.items()})


def weights_from_bytes(data: bytes, where: str = "weights") -> dict[str, np.ndarray]:
    """Read what `weights_to_bytes` wrote; raise `InputError` for anything else."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        weights = load(data)
    except (SafetensorError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(where, f"not safetensors ({one_line(error, 100)})", "weights of a checkpoint") from None
    refuse_weights(weights, where)
    return weights


def _read_weights(path: Path) -> bytes:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror})", "the weights beside the JSON file") from None
    if size > MAXIMUM_BYTES + 1024**2:
        raise InputError(str(path), f"{size} bytes", f"at most {MAXIMUM_BYTES}")
    return read_file(path)


_KINDS: dict[str, type] = {
    "schema": str, "sha256": str, "training": dict, "spent": dict, "validation": float, "arrays": dict, "packages": dict,
    "curve": list,
}  # fmt: skip
_TRAINING_KINDS: dict[str, type] = {
    "solver": str, "version": int, "parameters": dict, "source_sha256": str, "label": str, "task": str,
    "task_version": int, "task_sha256": str, "seed": int, "budget": dict,
}  # fmt: skip


def _hold(table: Mapping[str, Any], key: str, kind: type, where: str) -> None:
    """Raise unless the table has the key with a value of that type (a whole number passes for a float)."""
    value = table.get(key)
    if type(value) is not kind and not (kind is float and type(value) is int):
        raise InputError(where, f"'{key}' is missing or not of type {kind.__name__}", f"a file of schema {SCHEMA}")


def _training(table: dict[str, Any], where: str) -> Training:
    refuse_unknown(table, list(_TRAINING_KINDS), where)
    for key, kind in _TRAINING_KINDS.items():
        _hold(table, key, kind, where)
    budget = _record(Budget, table["budget"], f"{where}.budget")
    return Training(**(table | {"budget": budget}))


def _record(kind: type[Any], table: dict[str, Any], where: str) -> Any:
    """A dataclass of numbers from a table with just its fields."""
    names = [item.name for item in fields(kind)]
    refuse_unknown(table, names, where)
    for name in names:
        if type(table.get(name)) not in (int, float):
            raise InputError(where, f"'{name}' is missing or no number", f"numbers {', '.join(names)}")
    try:
        return kind(**table)
    except InputError as error:
        raise InputError(f"{where}: {error.where}", error.wrong, error.expected) from None


def _point(point: Any, where: str) -> dict[str, float]:
    if not isinstance(point, dict) or not all(type(value) in (int, float) for value in point.values()):
        raise InputError(where, one_line(repr(point), 60), "a table of numbers")
    return point


def _indented(document: Mapping[str, Any]) -> str:
    """JSON for people and for version control: a line for each entry, one for each point of the curve."""
    curve = ",\n  ".join(json.dumps(point, allow_nan=False) for point in document["curve"])
    text = json.dumps({**document, "curve": []}, indent=1, allow_nan=False)
    return text.replace('"curve": []', f'"curve": [\n  {curve}\n ]') if curve else text
