"""What a worker's job says: the solver's file and class, its parameters, and where its randomness comes from."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from aigcbench.card import KINDS
from aigcbench.discovery import load_module


def solver_of(job: dict[str, Any], kind: str, anew: bool = False) -> Any:
    """The solver object of a job.

    Parameters
    ----------
    anew
        Whether the solver's file is executed anew, so that its classes and globals are no other object's.

    Raises
    ------
    RuntimeError
        Where the solver's file is another one than its card was made from.
    """
    module = load_module(job["location"])
    if hashlib.sha256(Path(str(module.__file__)).read_bytes()).hexdigest() != job["source_sha256"]:
        raise RuntimeError("the solver's file has changed since it was registered for this run")
    if anew:
        module = _executed_anew(module)
    solver = getattr(module, job["class_name"])(**job["parameters"])
    assert isinstance(solver, KINDS[kind])
    return solver


def _executed_anew(module: ModuleType) -> ModuleType:
    """Another module from the same file, of the same name, so that what numba has cached for it serves again."""
    spec = module.__spec__
    assert spec is not None
    assert spec.loader is not None
    other = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = other  # where dataclasses look for it
    try:
        spec.loader.exec_module(other)
    finally:
        sys.modules[spec.name] = module
    return other


def generator_of(job: dict[str, Any]) -> np.random.Generator:
    """The job's own random numbers."""
    return np.random.Generator(np.random.PCG64(job["entropy"]))
