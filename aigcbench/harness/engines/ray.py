"""The Ray engine: a cluster's nodes perform the work, placed by the cores, memory and accelerators that each unit may use.

Ray schedules and places, nothing else. On its node every unit runs under the same supervisor with the same limits as on one
machine, and the driver alone writes what came of it. Ray tries a unit again where its node or its process above the supervisor
has died, never because of what a solver did: that is an outcome like any other.
"""

from __future__ import annotations

import logging
import math
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from functools import cache
from typing import Any, Self

from aigcbench.errors import InfrastructureError, InputError, one_line
from aigcbench.harness.engines.engine import W
from aigcbench.harness.machine import environment
from aigcbench.harness.nursery import Nursery
from aigcbench.harness.work import Performed, Work
from aigcbench.solver import Limits

# Read when Ray is imported, or when it starts a cluster: no statistics of its use go out, it has nothing to say of units
# without accelerators, and cells run at the priority that they have on one machine.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
os.environ.setdefault("RAY_worker_niceness", "0")

import ray
import ray.exceptions

RETRIES = 5  # of a unit whose node or process has died
AHEAD = 2  # units that wait at the nodes for each that runs there, so that no core waits for the driver
COUNT_SECONDS = 5.0  # between looks at how large the cluster is: nodes join and leave
CONNECT_SECONDS = 10.0
EXPECTED = "the address of a Ray cluster that runs"
BYTES_PER_MB = 10**6


class RayEngine:
    """See `Engine`.

    Parameters
    ----------
    address
        Of a cluster, ``HOST:PORT`` or ``auto``; None for that of the environment variable ``RAY_ADDRESS``, and where there is
        none, for one of this machine alone that lives as long as the engine.
    jobs
        Units of work at a time; None for as many as the cluster has room for.
    verbose
        Let through what solvers write to standard error.
    """

    def __init__(self, address: str | None = None, jobs: int | None = None, verbose: bool = False) -> None:
        self.timed = jobs == 1
        self._jobs, self._verbose = jobs, verbose
        self._rooms: dict[Limits, tuple[int, float]] = {}
        _connect(address or os.environ.get("RAY_ADDRESS") or "local", verbose)
        self._remote: Any = ray.remote(_perform)

    def perform(self, todo: Iterator[W]) -> Iterator[tuple[W, Performed]]:
        """See `Engine`."""
        pending: dict[Any, W] = {}
        work: W | None = None
        while True:
            while (work := work or next(todo, None)) is not None and len(pending) < self._window(work.limits):
                pending[self._submitted(work)], work = work, None
            if not pending:
                return
            ray.wait(list(pending), fetch_local=False)
            ready, _ = ray.wait(list(pending), num_returns=len(pending), timeout=0, fetch_local=False)
            for reference in ready:
                yield (ended := pending.pop(reference)), _fetched(reference, ended)

    def close(self) -> None:
        """See `Engine`."""
        ray.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _submitted(self, work: Work) -> Any:
        """A reference to what will come of it."""
        placed = self._remote.options(
            name=work.name,
            num_cpus=work.limits.threads,
            memory=int(work.limits.memory_mb * BYTES_PER_MB),
            num_gpus=work.limits.gpus,
            max_retries=RETRIES,
            retry_exceptions=[InfrastructureError],
        )
        return placed.remote(work, self._verbose)

    def _window(self, limits: Limits) -> int:
        """How many units with such limits may be with the cluster at a time."""
        room, counted_at = self._rooms.get(limits, (0, -math.inf))
        if time.monotonic() > counted_at + COUNT_SECONDS:
            room = _room(limits)
            self._rooms[limits] = room, time.monotonic()
        return self._jobs or AHEAD * room


def _connect(address: str, verbose: bool) -> None:
    """Join a cluster, or start one where the address is ``local``."""
    _refuse_unreachable(address)
    dashboard = False if address == "local" else None
    main = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(address, include_dashboard=dashboard, log_to_driver=verbose, logging_level=logging.ERROR)
    except (ConnectionError, ValueError, RuntimeError, OSError) as error:
        raise InputError("--address", f"{address}: {one_line(error, 160)}", EXPECTED) from None
    if main:  # Ray's own handler writes a stack trace where the default ends the driver
        signal.signal(signal.SIGTERM, handler)


def _refuse_unreachable(address: str) -> None:
    """`InputError` where nobody listens at HOST:PORT; Ray would try for a minute, and say so at length."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or "://" in address:
        return
    try:
        socket.create_connection((host, int(port)), CONNECT_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise InputError("--address", f"{address}: {one_line(error, 160)}", EXPECTED) from None


def _room(limits: Limits) -> int:
    """How many units with such limits fit into the cluster; `InputError` where no node has what one needs."""
    described: Any = ray.nodes
    nodes = [node["Resources"] for node in described() if node["Alive"]]
    needs = {"CPU": limits.threads, "memory": limits.memory_mb * BYTES_PER_MB, "GPU": limits.gpus}
    places = [min(node.get(name, 0) // need for name, need in needs.items() if need) for node in nodes]
    if not any(places):
        needed = f"{limits.threads} cores and {limits.memory_mb:g} MB" + f" and {limits.gpus} GPUs" * bool(limits.gpus)
        raise InputError(
            "--engine ray", f"none of {len(nodes)} nodes has {needed}", "a cluster with room for the plan's limits"
        )
    return int(sum(places))


def _perform(work: Work, verbose: bool) -> Performed:
    """In a process of Ray's, on the node that it has chosen."""
    nursery = _nursery(work.limits.threads, verbose)
    nursery.devices = ray.get_runtime_context().get_accelerator_ids()["GPU"] if work.limits.gpus else ()
    return Performed(work.perform(nursery), environment())


@cache
def _nursery(threads: int, verbose: bool) -> Nursery:
    """The nursery of this process of Ray's; it ends with the process."""
    return Nursery(threads, verbose)


def _fetched(reference: Any, work: Work) -> Performed:
    """What came of a unit that has ended; `InfrastructureError` where Ray has given it up."""
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
    except ray.exceptions.RayError as error:
        raise InfrastructureError(f"{work.name}: lost with its node ({one_line(error, 160)})") from None
