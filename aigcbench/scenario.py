"""Scenario: a named, versioned parameter distribution (one TOML file); the catalogue; the train / test seed split."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from aigcbench.content import content_directory
from aigcbench.errors import InputError, one_line
from aigcbench.instance import SPLITS, Instance
from aigcbench.problems.problem import problem_named
from aigcbench.schema import Field, read_toml, refuse_unknown

SCHEMA = "aigcbench-scenario/1"
KEYS = ("schema", "version", "formulation", "summary", "source", "extends", "parameters", "fleet")
VERSION = Field("version", int, "", "Raised whenever the distribution changes", 1)


@dataclass(frozen=True)
class Scenario:
    """A distribution of instances.

    Parameters
    ----------
    name, version
        E.g. ``assignment/asp-paper``; raise the version when the distribution changes.
    formulation, summary, source
        ``source`` cites the paper's section and table.
    parameters
        As the formulation's generator reads them.
    fleet
        Arrays of a fixed fleet, or None where each instance draws its own.
    """

    name: str
    version: int
    formulation: str
    summary: str
    source: str
    parameters: Mapping[str, Any]
    fleet: Mapping[str, Any] | None

    def instance(self, seed: int, split: str = "test") -> Instance:
        """Draw the instance of a seed."""
        problem = problem_named(self.formulation)
        parameters, arrays = problem.generate(self.parameters, self.fleet, self.random_stream(seed, split))
        return Instance(self.formulation, self.name, self.version, split, seed, parameters, arrays)

    def random_stream(self, seed: int, split: str = "test") -> np.random.Generator:
        """What the instance of a seed is drawn from. Splits are disjoint: a learner never trains on what it is tested on."""
        if split not in SPLITS:
            raise InputError("split", repr(split), f"one of {', '.join(SPLITS)}")
        if type(seed) is not int or not 0 <= seed < 2**63:
            raise InputError("seed", repr(seed), "a whole number from 0 to 2^63 - 1")
        return np.random.Generator(np.random.PCG64(self._entropy(seed, split)))

    @cached_property
    def sha256(self) -> str:
        """Hash of what instances are drawn from: name, version, parameters and fleet."""
        content = [self.name, self.version, self.formulation, dict(self.parameters), self.fleet]
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()

    def _entropy(self, seed: int, split: str) -> int:
        """256 bits that depend on the scenario's name and version, the split and the seed, the same everywhere."""
        text = f"{self.name}|{self.version}|{split}|{seed}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest(), "little")


def load_scenario(path: Path, name: str | None = None) -> Scenario:
    """Read one scenario file; ``extends = "other/name"`` starts from another one's parameters and fleet."""
    where = str(path)
    table = read_toml(path, SCHEMA)
    refuse_unknown(table, KEYS, where)
    parent = _parent(table["extends"], where) if "extends" in table else None
    kinds = {"version": int, "formulation": str, "summary": str, "source": str, "parameters": dict}
    for key, kind in kinds.items():
        if key in table and type(table[key]) is not kind:
            raise InputError(f"{where}: {key}", f"{type(table[key]).__name__}", kind.__name__)
        if key in ("version", "summary") and key not in table:
            raise InputError(where, f"'{key}' is missing", kind.__name__)
    VERSION.validate(table["version"], f"{where}: version")
    parameters = dict(parent.parameters if parent else {}) | table.get("parameters", {})
    fleet = table.get("fleet", (parent.fleet if parent else None) or "drawn")
    if fleet != "drawn" and not isinstance(fleet, Mapping):
        raise InputError(f"{where}: fleet", one_line(repr(fleet), 40), '"drawn" or a table of fixed arrays')
    fleet = None if fleet == "drawn" else fleet
    formulation = table.get("formulation", parent.formulation if parent else "")
    problem_named(formulation, f"{where}: formulation").validate_scenario(parameters, fleet, where)
    return Scenario(
        name=name or f"custom/{path.stem}",
        version=table["version"],
        formulation=formulation,
        summary=table["summary"],
        source=table.get("source", parent.source if parent else ""),
        parameters=parameters,
        fleet=fleet,
    )


def _parent(name: Any, where: str) -> Scenario:
    """The scenario that a file extends; one of the catalogue, so that files can't extend one another in circles."""
    if name not in scenario_names():
        raise InputError(f"{where}: extends", one_line(repr(name), 60), "a name from 'aigcbench list scenarios'")
    return scenario_named(name)


def scenario_names() -> list[str]:
    """Names in the catalogue, e.g. ``assignment/asp-paper``."""
    root = content_directory("instances") / "scenarios"
    return sorted(path.relative_to(root).with_suffix("").as_posix() for path in root.rglob("*.toml"))


@cache
def scenario_named(name: str) -> Scenario:
    """A scenario of the catalogue, or of a ``.toml`` file given by its path."""
    if name.endswith(".toml"):
        return load_scenario(Path(name))
    if name not in scenario_names():
        import difflib

        near = difflib.get_close_matches(name, scenario_names(), n=1, cutoff=0.4)
        expected = f"'{near[0]}'? see 'aigcbench list scenarios'" if near else "a name from 'aigcbench list scenarios'"
        raise InputError("scenario", f"unknown name '{one_line(name, 60)}'", expected)
    return load_scenario(content_directory("instances") / "scenarios" / f"{name}.toml", name)
