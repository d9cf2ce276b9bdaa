"""The nursery: a process that forks workers from warm imports, and buries them.

It is a fresh interpreter that knows no instance. It imports what every worker needs, then forks one worker per cell in
milliseconds; a worker therefore starts clean. As the workers' parent (and, on Linux, the one that orphans fall back to) it
is the root of everything that a solver may start: whatever hangs below it when a cell ends is killed. If the supervisor
dies, even by kill -9, the nursery reads end-of-file, kills what it has and leaves.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from typing import Any

import psutil

from aigcbench.harness.channel import Channel

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
GRACE_SECONDS = 0.5
START_SECONDS = 60.0


class NurseryError(RuntimeError):
    """The nursery itself is gone or does not answer: an infrastructure failure, no solver's fault."""


class Nursery:
    """The supervisor's handle on a nursery process; one cell at a time.

    Parameters
    ----------
    threads
        Threads that numerical libraries in the workers may use.
    verbose
        Let the workers' standard error through; otherwise what solvers print is discarded.
    """

    def __init__(self, threads: int = 1, verbose: bool = False) -> None:
        self.threads = threads
        ours, theirs = socket.socketpair()
        environment = os.environ | {name: str(threads) for name in _THREAD_VARIABLES} | {"PYTHONHASHSEED": "0"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "aigcbench.harness.nursery", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=None if verbose else subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C on the terminal reaches the supervisor alone
        )
        theirs.close()
        self._socket = ours
        self._scratch: tempfile.TemporaryDirectory[str] | None = None

    def spawn(self) -> Channel:
        """Fork a worker; return the channel to it."""
        self._scratch = tempfile.TemporaryDirectory(prefix="aigcbench-", ignore_cleanup_errors=True)
        ours, theirs = socket.socketpair()
        try:
            self._socket.settimeout(START_SECONDS)
            socket.send_fds(self._socket, [json.dumps({"scratch": self._scratch.name}).encode()], [theirs.fileno()])
            if self._answer() != "spawned":
                raise NurseryError("unexpected answer")
        except OSError as error:
            raise NurseryError(str(error)) from None
        finally:
            theirs.close()
        return Channel(ours)

    def wait(self, seconds: float) -> int | None:
        """Wait for the worker's end; its exit code (negative: a signal), or None if it still lives."""
        self._socket.settimeout(max(seconds, 0.001))
        try:
            return int(self._answer())
        except TimeoutError:
            return None
        except OSError as error:
            raise NurseryError(str(error)) from None

    def descendants(self) -> list[psutil.Process]:
        """Every live process that the current cell has started."""
        try:
            found = psutil.Process(self._process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        return [process for process in found if _alive(process)]

    def kill(self, gently: bool = True) -> None:
        """End every process of the current cell: SIGTERM, a grace, then SIGKILL until none is left."""
        if gently:
            _signal(self.descendants(), signal.SIGTERM)
            deadline = time.monotonic() + GRACE_SECONDS
            while self.descendants() and time.monotonic() < deadline:
                time.sleep(0.01)
        while left := self.descendants():
            _signal(left, signal.SIGKILL)
            time.sleep(0.002)

    def bury(self) -> int:
        """Kill what is left of the cell, remove its scratch folder, return the worker's exit code."""
        status = self.wait(0.001)
        self.kill(gently=False)
        while status is None:
            status = self.wait(START_SECONDS)
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None
        return status

    def close(self) -> None:
        """End the nursery and all below it."""
        self._socket.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._process.kill()
        self._process.wait()
        if self._scratch is not None:
            self._scratch.cleanup()

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _answer(self) -> str:
        data = self._socket.recv(64)
        if not data:
            raise NurseryError("the worker nursery has died")
        while not data.endswith(b"\n"):
            data += self._socket.recv(64)
        return data.decode().strip()


_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _signal(processes: list[psutil.Process], number: int) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def _prctl(option: int, value: int) -> None:
    """Linux's prctl; elsewhere nothing (orphans are then found by their process group only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _serve(control: socket.socket) -> None:
    """The nursery process: fork on request, report each worker's end, die with the supervisor."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake_write)
    worker = 0
    while True:
        waiting: list[Any] = [control, wake_read]
        readable = select.select(waiting, [], [])[0]
        if wake_read in readable:
            os.read(wake_read, 4096)
            for pid, status in _reap():
                if pid == worker:
                    control.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
        if control in readable:
            message, descriptors, _, _ = socket.recv_fds(control, 4096, 1)
            if not message:
                return
            worker = os.fork()
            if worker == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for descriptor in (control.fileno(), wake_read, wake_write):
                    os.close(descriptor)
                _become_worker(descriptors[0], json.loads(message)["scratch"])
            os.close(descriptors[0])
            control.sendall(b"spawned\n")


def _reap() -> list[tuple[int, int]]:
    """All children that have ended: pairs of process id and wait status."""
    ended: list[tuple[int, int]] = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        ended.append((pid, status))


def _become_worker(descriptor: int, scratch: str) -> None:
    """The forked child: a session of its own, a scratch folder, then the worker's conversation; never returns."""
    code = 1
    try:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setsid()
        os.chdir(scratch)
        os.environ["TMPDIR"] = tempfile.tempdir = scratch
        from aigcbench.harness import worker

        worker.serve(Channel(socket.socket(fileno=descriptor)))
        code = 0
    finally:
        os._exit(code)


def _main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    import aigcbench.harness.worker  # warm imports, shared by every fork
    import aigcbench.problems.problem

    aigcbench.problems.problem.problems()
    try:
        _serve(control)
    finally:
        myself = psutil.Process()
        while children := myself.children(recursive=True):
            _signal(children, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(-1, os.WNOHANG)
            time.sleep(0.002)


if __name__ == "__main__":
    _main()
