"""What a worker's job says: the solver's file and class, its parameters, and where its randomness comes from."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from aigcbench.card import KINDS
from aigcbench.discovery import load_module


def solver_of(job: dict[str, Any], kind: str) -> Any:
    """The solver object of a job.

    Raises
    ------
    RuntimeError
        Where the solver's file is another one than its card was made from.
    """
    module = load_module(job["location"])
    if hashlib.sha256(Path(str(module.__file__)).read_bytes()).hexdigest() != job["source_sha256"]:
        raise RuntimeError("the solver's file has changed since it was registered for this run")
    solver = getattr(module, job["class_name"])(**job["parameters"])
    assert isinstance(solver, KINDS[kind])
    return solver


def generator_of(job: dict[str, Any]) -> np.random.Generator:
    """The job's own random numbers."""
    return np.random.Generator(np.random.PCG64(job["entropy"]))
