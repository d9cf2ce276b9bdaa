"""The local engine: workers on this machine, one nursery for each unit of work that may run at a time, accelerators lent to each."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Self

from aigcbench.errors import InputError
from aigcbench.harness.devices import Pool, devices_here
from aigcbench.harness.engines.engine import W
from aigcbench.harness.machine import environment
from aigcbench.harness.nursery import Nursery, NurseryError
from aigcbench.harness.work import Performed, Result, Work
from aigcbench.solver import Limits


class LocalEngine:
    """See `Engine`.

    Parameters
    ----------
    jobs
        Units of work at a time.
    verbose
        Let through what solvers write to standard error.
    """

    def __init__(self, jobs: int = 1, verbose: bool = False) -> None:
        self.timed = jobs == 1
        self._jobs, self._verbose = jobs, verbose
        self._executor = ThreadPoolExecutor(jobs)
        self._nurseries: dict[tuple[int, int], Nursery] = {}
        self._opening, self._closed = threading.Lock(), False
        self._devices: Pool | None = None

    def perform(self, todo: Iterator[W]) -> Iterator[tuple[W, Performed]]:
        """See `Engine`."""
        pending: dict[Future[Result], W] = {}
        while True:
            while len(pending) < self._jobs and (work := next(todo, None)) is not None:
                self._find_devices(work.limits)
                pending[self._executor.submit(self._perform, work)] = work
            if not pending:
                return
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                yield pending.pop(future), Performed(future.result(), environment())

    def close(self) -> None:
        """See `Engine`."""
        with self._opening:
            self._closed = True
        for nursery in self._nurseries.values():
            nursery.close()  # what runs in it ends at once, so that the executor can
        self._executor.shutdown(cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _find_devices(self, limits: Limits) -> None:
        """Look once what accelerators there are, where any are asked for; `InputError` where one unit needs more."""
        if limits.gpus and self._devices is None:
            self._devices = Pool(devices_here())
        if self._devices and limits.gpus > self._devices.size:
            found = f"{self._devices.size} accelerators on this machine"
            raise InputError("--engine local", found, f"the {limits.gpus} of the plan's limits")

    def _perform(self, work: Work) -> Result:
        nursery = self._nursery(work.limits.threads)
        if self._devices is None:
            return work.perform(nursery)
        with self._devices.lent(work.limits.gpus) as nursery.devices:
            return work.perform(nursery)

    def _nursery(self, threads: int) -> Nursery:
        """The nursery of the thread that asks, for workers with so many threads of their own."""
        place = (threading.get_ident(), threads)
        with self._opening:
            if self._closed:
                raise NurseryError("the engine is closed")
            if place not in self._nurseries:
                self._nurseries[place] = Nursery(threads, self._verbose)
            return self._nurseries[place]
