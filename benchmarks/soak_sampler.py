"""What a soak looks at: the figures of a driver that runs, sampled from outside, and when one has grown."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from fault_campaign.workload import NURSERY

from aigcbench.harness.store import Store
from aigcbench.processes import tree_below

WRITES, QUERIES = 3, 20
"""How often a sample times each; the quickest counts, since the driver and others compete for the disk and the processor."""
PROBE = "soak-"
TREND = 0.3


@dataclass(frozen=True)
class Figure:
    """What is sampled.

    Parameters
    ----------
    name
        With its unit.
    share, amount
        The last tenth may exceed the first, and a fresh driver, by so much, relative and absolute, whichever is more.
    """

    name: str
    share: float
    amount: float

    def grown(self, values: np.ndarray, fresh: float) -> bool:
        """Whether it has: more than is allowed above the first tenth and above a fresh driver, and a trend, no late disturbance."""
        from scipy.stats import kendalltau

        first, last = tenths(values)
        before = max(first, fresh)
        if last - before <= max(self.share * before, self.amount):
            return False
        return bool(kendalltau(np.arange(len(values)), values).statistic >= TREND)


FIGURES = (
    Figure("driver's memory (MB)", 0.03, 3.0),
    Figure("nurseries' memory (MB)", 0.03, 3.0),
    Figure("driver's file handles", 0.0, 2.0),
    Figure("nurseries' file handles", 0.0, 2.0),
    Figure("driver's threads", 0.0, 2.0),
    Figure("processes", 0.0, 2.0),
    Figure("scratch folders", 0.0, 2.0),
    Figure("CPU per cell (ms)", 0.25, 1.0),
    Figure("write of a row (ms)", 0.5, 1.0),
    Figure("query of a row (ms)", 0.5, 0.1),
)
WORKERS = Figure("workers' peak memory (MB)", 0.03, 3.0)


def tenths(values: np.ndarray) -> tuple[float, float]:
    """Medians of the first and the last tenth."""
    tenth = max(1, len(values) // 10)
    return float(np.median(values[:tenth])), float(np.median(values[-tenth:]))


class Sampler:
    """Looks at a driver and its store.

    Parameters
    ----------
    driver
        The process.
    store
        The file that it fills, which exists and has a row.
    scratch
        Its folder for temporary files.
    jobs
        How many nurseries it has while it runs cells; what it does before and after is not looked at.
    """

    def __init__(self, driver: psutil.Process, store: Store, scratch: Path, jobs: int) -> None:
        self._driver, self._store, self._scratch, self._jobs = driver, store, scratch, jobs
        self._row = next(store.rows())
        self._instance = store.instance(self._row["instance_sha256"])
        self._probes = 0
        self._before = self._progress()

    def sample(self) -> list[float]:
        """A value for each of `FIGURES`; `psutil.Error` where the driver, or all that it ran, has ended."""
        below = tree_below(self._driver.pid)
        nurseries = [process for process in below if _is_nursery(process)]
        if len(nurseries) < self._jobs:
            raise psutil.NoSuchProcess(self._driver.pid)
        cpu, done = self._progress()
        spent, finished = cpu - self._before[0], done - self._before[1]
        self._before = cpu, done
        return [
            self._driver.memory_info().rss / 1e6,
            sum(process.memory_info().rss for process in nurseries) / 1e6,
            self._driver.num_fds(),
            sum(process.num_fds() for process in nurseries),
            self._driver.num_threads(),
            1 + len(below),
            sum(1 for _ in self._scratch.iterdir()),
            spent / finished * 1e3 if finished else np.nan,
            _quickest(self._write, WRITES),
            _quickest(lambda: self._store.decisions(self._row["key"]), QUERIES),
        ]

    def _progress(self) -> tuple[float, int]:
        """CPU-seconds of the driver and its nurseries, ended workers included, and the number of cells done so far."""
        nurseries = [process for process in tree_below(self._driver.pid) if _is_nursery(process)]
        cpu = sum(sum(process.cpu_times()[:4]) for process in [self._driver, *nurseries])
        return cpu, len(self._store.keys()) - self._probes

    def _write(self) -> None:
        self._store.add_row(self._row | {"key": f"{PROBE}{self._probes}"}, self._instance)
        self._probes += 1


def _is_nursery(process: psutil.Process) -> bool:
    """Whether it is a nursery, and no worker, which looks the same for being its fork."""
    try:
        return NURSERY in process.cmdline() and NURSERY not in process.parent().cmdline()  # type: ignore[union-attr]
    except (psutil.Error, AttributeError):
        return False


def _quickest(action: Callable[[], Any], times: int) -> float:
    """Milliseconds of the quickest of several runs."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return min(seconds) * 1e3
