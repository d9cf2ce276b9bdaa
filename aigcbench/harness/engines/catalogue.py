"""Engines by name; what an engine needs is imported only when it is chosen."""

from __future__ import annotations

from aigcbench.errors import InputError
from aigcbench.harness.engines.engine import Engine
from aigcbench.harness.engines.local import LocalEngine


def _local(address: str | None, jobs: int | None, verbose: bool) -> Engine:
    if address:
        raise InputError("--address", "an address for the local engine", "--engine ray with it")
    return LocalEngine(jobs or 1, verbose)


def _ray(address: str | None, jobs: int | None, verbose: bool) -> Engine:
    try:
        from aigcbench.harness.engines.ray import RayEngine
    except ModuleNotFoundError:
        raise InputError("--engine ray", "Ray is not installed", "pip install 'aigcbench[ray]'") from None
    return RayEngine(address, jobs, verbose)


ENGINES = {"local": _local, "ray": _ray}


def engine_named(name: str, address: str | None = None, jobs: int | None = None, verbose: bool = False) -> Engine:
    """Open an engine.

    Parameters
    ----------
    address
        Of the cluster, where the engine has one.
    jobs
        Units of work at a time; None for the engine's own choice: one on this machine, a cluster's room.
    verbose
        Let through what solvers write to standard error.
    """
    return ENGINES[name](address, jobs, verbose)
