"""The nursery: a process that forks workers from warm imports, and the supervisor's handle on it.

The process (`nursery_process`) is a fresh interpreter that knows no instance. It forks one worker per cell in milliseconds,
so that a worker starts clean. As the workers' parent (and, on Linux, the one that orphans fall back to) it is the root of
everything that a solver may start: whatever hangs below it when a cell ends is killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import psutil

from aigcbench.errors import InfrastructureError
from aigcbench.harness.channel import Channel
from aigcbench.processes import end, reaped_cpu_seconds, send, session_of, tree_below, usage

GRACE_SECONDS = 0.5  # between SIGTERM and SIGKILL
KILL_SECONDS = 5.0  # for processes to be gone after SIGKILL
START_SECONDS = 180.0  # the first start on a machine compiles kernels
TRIES = 3
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class NurseryError(InfrastructureError):
    """No worker can be started: an infrastructure failure, no solver's fault."""


class NurseryDied(NurseryError):
    """The nursery ended while a worker ran: killed from outside, or by the solver."""


class Nursery:
    """The supervisor's handle on a nursery process; one cell at a time. A process that has died is replaced.

    Parameters
    ----------
    threads
        Threads that numerical libraries in the workers may use.
    verbose
        Let the workers' standard error through; otherwise what solvers print is discarded.

    Attributes
    ----------
    devices
        Accelerators that the workers see which are forked from now on; none unless they are set.
    peak_memory_mb
        What the last worker, once it has ended, had in memory at most; without those that it started and did not wait for.
    """

    def __init__(self, threads: int = 1, verbose: bool = False) -> None:
        self._environment = {name: str(threads) for name in THREAD_VARIABLES} | {"PYTHONHASHSEED": "0"}
        self._verbose = verbose
        self.devices: Sequence[str] = ()
        self._closed = False
        self._starting = threading.Lock()
        self._seen: list[psutil.Process] = []
        self._worker = 0
        self._scratch = ""
        self._exit_code: int | None = None
        self.peak_memory_mb = 0.0
        self._reaped_before = 0.0
        # One thread for the life of the nursery: with a new one for each cell, what the C library keeps for threads grows.
        self._beside = ThreadPoolExecutor(1, "aigcbench-watchdog")
        self._start()

    def spawn(self) -> Channel:
        """Fork a worker; return the channel to it."""
        for attempt in range(TRIES):
            try:
                if self._process.poll() is not None or self._scratch:  # it has died, or its last cell was not buried
                    self._abandon()
                    self._start()
                return self._spawn()
            except (OSError, NurseryDied) as error:
                self._abandon()
                if attempt == TRIES - 1:
                    raise NurseryError(f"no worker can be started ({error})") from None
        raise AssertionError

    def beside(self, action: Callable[[], None]) -> Future[None]:
        """Do something in the nursery's own thread, beside the conversation with the worker."""
        try:
            return self._beside.submit(action)
        except RuntimeError:
            raise NurseryError("the nursery is closed") from None

    def wait(self, seconds: float) -> int | None:
        """Wait for the worker's end; its exit code (negative: a signal), or None if it still lives."""
        if self._exit_code is None:
            try:
                exit_code, peak = self._answer(seconds).split()
                self._exit_code, self.peak_memory_mb = int(exit_code), int(peak) / 1e6
            except TimeoutError:
                pass
            except OSError as error:
                raise NurseryDied(str(error)) from None
        return self._exit_code

    def descendants(self) -> list[psutil.Process]:
        """Every process that the current cell has started and that has not been reaped."""
        found = tree_below(self._process.pid)
        self._seen = found or self._seen
        return found

    def usage(self, plenty_mb: float) -> tuple[float, float]:
        """The current cell's resident memory now (MB), as `processes.usage` counts it, and its CPU-seconds so far."""
        memory, cpu = usage(self.descendants(), plenty_mb)
        return memory, cpu + reaped_cpu_seconds(self._process.pid) - self._reaped_before

    def kill(self, gently: bool = True) -> None:
        """End every process of the current cell: SIGTERM and a grace if ``gently``, then SIGKILL until none is left."""
        send([psutil.Process(self._process.pid)] if self._process.poll() is None else [], signal.SIGCONT)
        if gently:
            send(self.descendants(), signal.SIGTERM)
            deadline = time.monotonic() + GRACE_SECONDS
            while self.descendants() and time.monotonic() < deadline:
                time.sleep(0.01)
        deadline = time.monotonic() + KILL_SECONDS
        while left := self.descendants():
            send(left, signal.SIGKILL)
            if time.monotonic() > deadline:
                raise NurseryDied(f"{len(left)} processes cannot be killed")
            time.sleep(0.001)

    def bury(self, patience: float = 0.0) -> int | None:
        """Kill what is left of the cell and remove its scratch folder.

        Parameters
        ----------
        patience
            Seconds for the worker to end by itself.

        Returns
        -------
        The worker's exit code, None if it had to be killed.
        """
        try:
            exit_code = self.wait(patience)
            self.kill(gently=False)
            if self.wait(START_SECONDS) is None:
                raise NurseryDied("the worker's end was not reported")
        except NurseryDied:
            self._abandon()
            raise
        self._worker = 0
        self._remove_scratch()
        return exit_code

    def close(self) -> None:
        """End the nursery and all below it; a cell that runs in another thread ends with `NurseryError`."""
        with self._starting:
            self._closed = True
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(KILL_SECONDS)
        self._abandon()
        self._beside.shutdown(wait=False)

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        """Start the nursery process."""
        with self._starting:
            if self._closed:
                raise NurseryError("the nursery is closed")
            self._socket, theirs = socket.socketpair()
            self._unread = b""
            with theirs:
                self._process = subprocess.Popen(
                    # -P: files of the current folder must not stand in for library modules
                    [sys.executable, "-P", "-m", "aigcbench.harness.nursery_process", str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    env=os.environ | self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=None if self._verbose else subprocess.DEVNULL,
                    start_new_session=True,  # Ctrl-C on the terminal reaches the supervisor alone
                )

    def _spawn(self) -> Channel:
        self._exit_code, self._seen, self._worker = None, [], 0
        self.peak_memory_mb = 0.0
        self._reaped_before = reaped_cpu_seconds(self._process.pid)
        self._scratch = tempfile.mkdtemp(prefix="aigcbench-")
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                order = json.dumps({"scratch": self._scratch, "devices": ",".join(self.devices)}).encode()
                socket.send_fds(self._socket, [order], [theirs.fileno()])
            answer = self._answer(START_SECONDS)
            if not answer.startswith("spawned "):
                raise NurseryDied(f"answered {answer!r}")
            self._worker = int(answer.removeprefix("spawned "))
        except BaseException:
            ours.close()
            raise
        return Channel(ours)

    def _abandon(self) -> None:
        """Give the nursery process up, with all that was seen below it and all of the worker's session."""
        seen = tree_below(self._process.pid) + self._seen
        self._process.kill()
        self._process.wait()
        end(lambda: seen + (session_of(self._worker) if self._worker else []), KILL_SECONDS)
        self._seen, self._worker = [], 0
        self._socket.close()
        self._remove_scratch()

    def _remove_scratch(self) -> None:
        if self._scratch:
            remove_folder(self._scratch)
            self._scratch = ""

    def _answer(self, seconds: float) -> str:
        """The nursery process's next line."""
        self._socket.settimeout(max(seconds, 1e-6))  # 0 would mean a non-blocking socket
        while b"\n" not in self._unread:
            data = self._socket.recv(64)
            if not data:
                raise NurseryDied("the worker nursery has died")
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode()


def remove_folder(path: str) -> None:
    """Remove a scratch folder, whatever a solver has put there; what resists stays."""
    try:
        Path(path).rmdir()
    except FileNotFoundError:
        return
    except OSError:
        subprocess.run(["rm", "-rf", "--", path], stderr=subprocess.DEVNULL, check=False)  # no depth is too deep for it
