"""The nursery's own process: forks workers on request, reports their end, and dies with the supervisor.

If the supervisor ends, even by kill -9, the nursery reads end-of-file, kills what it has and leaves.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import socket
import sys
import tempfile
import time
from typing import Any

import aigcbench.problems.problem
from aigcbench.harness import worker  # imported here for every fork
from aigcbench.harness.channel import Channel
from aigcbench.harness.devices import VISIBLE
from aigcbench.harness.nursery import KILL_SECONDS, remove_folder
from aigcbench.processes import MAXRSS_BYTES, adopt_orphans, die_with, send, tree_below


class _Server:
    """The loop of the nursery process.

    Parameters
    ----------
    control
        The conversation with the supervisor: orders in, lines of text out.
    """

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        self._worker = 0
        self.scratch = ""

    def serve(self) -> None:
        """Obey until the supervisor is gone."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_write)
        while True:
            waiting: list[Any] = [self._control, self._wake_read]
            readable = select.select(waiting, [], [])[0]
            if self._wake_read in readable:
                os.read(self._wake_read, 4096)
                self._reap()
            if self._control in readable:
                message, descriptors, _, _ = socket.recv_fds(self._control, 4096, 1)
                if not message:
                    return
                order = json.loads(message)
                self._fork(order["scratch"], order["devices"], descriptors[0])

    def _reap(self) -> None:
        """Wait for every child that has ended; tell the supervisor if it was the worker, and how much memory that had."""
        for pid, status, spent in ended_children():
            if pid == self._worker:
                self._worker = 0
                peak = spent.ru_maxrss * MAXRSS_BYTES
                self._control.sendall(b"%d %d\n" % (os.waitstatus_to_exitcode(status), peak))

    def _fork(self, scratch: str, devices: str, descriptor: int) -> None:
        myself, self.scratch = os.getpid(), scratch
        self._worker = os.fork()
        if self._worker == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for inherited in (self._control.fileno(), self._wake_read, self._wake_write):
                os.close(inherited)
            os.environ[VISIBLE] = devices  # read by CUDA when it is first used, which is never before a fork
            _become_worker(myself, descriptor, scratch)
        os.close(descriptor)
        self._control.sendall(b"spawned %d\n" % self._worker)


def ended_children() -> list[tuple[int, int, resource.struct_rusage]]:
    """All children that have ended: process id, wait status, and what it used."""
    ended: list[tuple[int, int, resource.struct_rusage]] = []
    with contextlib.suppress(ChildProcessError):
        while (child := os.wait4(-1, os.WNOHANG))[0]:
            ended.append(child)
    return ended


def _become_worker(parent: int, descriptor: int, scratch: str) -> None:
    """The forked child: a session of its own, a scratch folder, then the worker's conversation; never returns."""
    code = 1
    try:
        die_with(parent)
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash must not write gigabytes
        os.chdir(scratch)
        os.environ["TMPDIR"] = tempfile.tempdir = scratch
        worker.serve(Channel(socket.socket(fileno=descriptor)))
        code = 0
    finally:
        os._exit(code)


def _kill_all() -> None:
    """Kill and reap everything below this process."""
    deadline = time.monotonic() + KILL_SECONDS
    while (left := tree_below(os.getpid())) and time.monotonic() < deadline:
        send(left, signal.SIGKILL)
        ended_children()
        time.sleep(0.001)


def _main() -> None:
    adopt_orphans()
    aigcbench.problems.problem.problems()
    server = _Server(socket.socket(fileno=int(sys.argv[1])))
    try:
        server.serve()
    finally:
        _kill_all()
        if server.scratch:
            remove_folder(server.scratch)


if __name__ == "__main__":
    _main()
