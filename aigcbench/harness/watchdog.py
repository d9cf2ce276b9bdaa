"""The watchdog: kills a cell that overruns its wall or memory limit, and remembers why."""

from __future__ import annotations

import math
import threading
import time
from concurrent.futures import Future

from aigcbench.harness.cell import Status
from aigcbench.harness.channel import Channel
from aigcbench.harness.nursery import Nursery, NurseryDied
from aigcbench.solver import Limits

POLL_SECONDS = 0.02
LATE_SECONDS = 0.25  # beyond a limit, for an answer already on its way


class Watchdog:
    """Watches the worker of a nursery from outside, in the nursery's own thread for that, until disarmed.

    Either the answer comes first (`settle`) or a limit is passed first (`verdict`): never both.

    Parameters
    ----------
    channel
        The conversation with the worker; it is hung up when the cell is killed.
    start_seconds
        Time to get ready, until `arm` says otherwise.
    """

    def __init__(self, nursery: Nursery, channel: Channel, limits: Limits, start_seconds: float) -> None:
        self._nursery, self._channel, self._limits = nursery, channel, limits
        self._halt, self._deciding, self._measuring = threading.Event(), threading.Lock(), threading.Lock()
        self._settled = False
        self._term = ("ready", start_seconds, time.monotonic() + start_seconds)
        self._cpu_limit = math.inf
        self.verdict: tuple[Status, str] | None = None
        self.verdict_at = 0.0
        self.peak_memory_mb = 0.0
        self.cpu_seconds = 0.0
        self._watching: Future[None]

    def start(self) -> None:
        """Begin to watch."""
        self._watching = self._nursery.beside(self._watch)

    def arm(self, what: str, seconds: float, cpu_seconds: float = math.inf) -> None:
        """Give the worker so many seconds from now on, and so many CPU-seconds, to be ``what``."""
        self._cpu_limit = self.measure_cpu() + cpu_seconds if cpu_seconds < math.inf else math.inf
        self._term = (what, seconds, time.monotonic() + seconds + LATE_SECONDS)

    def settle(self) -> bool:
        """Say that the cell has its answer; False if a limit was passed before it came."""
        with self._deciding:
            self._settled = self.verdict is None
        return self._settled

    def disarm(self) -> None:
        """Stop watching; take the last measurement."""
        self.measure_cpu()
        self._halt.set()
        self._watching.result()

    def count_worker(self) -> None:
        """Add what the kernel knows of the worker, which has ended: a peak between two looks counts as well."""
        peak = self._nursery.peak_memory_mb
        self.peak_memory_mb = max(self.peak_memory_mb, peak)
        if self.verdict is None and peak > self._limits.memory_mb:
            self.verdict, self.verdict_at = self._too_much_memory(), time.monotonic()

    def measure_cpu(self) -> float:
        """CPU-seconds of the worker's process tree so far; the memory is measured with it."""
        with self._measuring:
            memory, cpu = self._nursery.usage(self._limits.memory_mb)
            self.peak_memory_mb = max(self.peak_memory_mb, memory)
            self.cpu_seconds = max(self.cpu_seconds, cpu)
        return self.cpu_seconds

    def _watch(self) -> None:
        """Poll until disarmed or a limit is passed."""
        try:
            while not self._halt.wait(POLL_SECONDS):
                self.measure_cpu()
                with self._deciding:
                    if not self._settled:
                        self.verdict, self.verdict_at = self._passed_limit(), time.monotonic()
                if self.verdict:
                    self._nursery.kill(gently=self.verdict[0] is Status.TIMEOUT)
                    break
                if self._nursery.wait(0.0) is not None:  # children that it left behind hold the channel open
                    self._nursery.kill(gently=False)
        except NurseryDied:
            pass  # the supervisor will notice when it buries the cell
        finally:
            if not self._halt.is_set():  # nobody watches any more, so nobody may wait any more
                self._channel.hang_up()

    def _passed_limit(self) -> tuple[Status, str] | None:
        what, seconds, deadline = self._term
        if self.peak_memory_mb > self._limits.memory_mb:
            return self._too_much_memory()
        if time.monotonic() > deadline:
            return Status.TIMEOUT, f"not {what} within {seconds:g} s"
        if self.cpu_seconds > self._cpu_limit:
            return Status.TIMEOUT, f"not {what} within its CPU-seconds"
        return None

    def _too_much_memory(self) -> tuple[Status, str]:
        return Status.MEMORY, f"used {self.peak_memory_mb:.0f} MB, limit {self._limits.memory_mb:g} MB"
