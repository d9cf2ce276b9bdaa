"""The decisions file: what a solver decided on one instance, raw, with who decided it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from aigcbench.errors import InputError, one_line
from aigcbench.instance import Instance, arrays_to_document, parse_document, read_array, read_file, write_file

SCHEMA = "aigcbench-decisions/1"


@dataclass(frozen=True)
class DecisionsFile:
    """Decisions with their origin; no score: that is the checker's to compute.

    Parameters
    ----------
    instance_sha256
        The instance that they are for.
    solver, parameters, seed
        Who says to have decided; free text and scalars.
    decisions
        Named arrays as the formulation declares them.
    """

    instance_sha256: str
    solver: str
    parameters: Mapping[str, Any]
    seed: int
    decisions: Mapping[str, np.ndarray] = field(repr=False)

    def save(self, path: str | Path) -> None:
        """Write to ``path``; compressed when the name ends in ``.gz``."""
        document = {
            "schema": SCHEMA,
            "instance": self.instance_sha256,
            "solver": self.solver,
            "parameters": dict(self.parameters),
            "seed": self.seed,
            "decisions": arrays_to_document(self.decisions),
        }
        write_file(path, orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))

    @classmethod
    def load(cls, path: str | Path) -> DecisionsFile:
        """Read a file; `InputError` for anything that is not one."""
        where = str(path)
        document = parse_document(read_file(path), SCHEMA, where)
        for key, kind in (("instance", str), ("solver", str), ("parameters", dict), ("seed", int), ("decisions", dict)):
            if type(document.get(key)) is not kind:
                raise InputError(
                    where, f"'{key}' is missing or not of type {kind.__name__}", f"a file of schema {SCHEMA}"
                )
        decisions = {name: read_array(entry, f"{where}: {name}") for name, entry in document["decisions"].items()}
        solver = one_line(document["solver"], 100)
        return cls(document["instance"], solver, document["parameters"], document["seed"], decisions)

    def refuse_other(self, instance: Instance, where: str) -> None:
        """Raise `InputError` unless these decisions are for ``instance``."""
        if self.instance_sha256 != instance.sha256:
            found = f"decisions for instance {one_line(self.instance_sha256)[:12]}..."
            raise InputError(where, found, f"decisions for {instance.name} ({instance.sha256[:12]}...)")
