"""What runs while faults are injected: a plan of short cells, in a driver of its own whose processes can all be found."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from aigcbench.processes import tree_below

MARK = "AIGCBENCH_FAULT_MARK"
NURSERY = "aigcbench.harness.nursery_process"
PATIENCE_SECONDS = 60.0
"""For what takes a moment on a quiet machine."""
SOLVERS = '''
import os, time
import numpy as np
from aigcbench.solver import Policy

class Slow(Policy):
    """Decides at random, 10 ms a task."""

    name, family, formulations, information = "slow", "heuristic", ("*",), "online"

    def reset(self, context, rng):
        self.rng, self.n_actions = rng, context.n_actions

    def act(self, observation):
        time.sleep(0.01)
        return self.rng.integers(self.n_actions)

class Hungry(Policy):
    """Takes memory until it is stopped."""

    name, family, formulations, information = "hungry", "heuristic", ("*",), "online"

    def act(self, observation):
        held = []
        while True:
            held.append(np.ones(5 * 10**6))
            time.sleep(0.02)

class Forks(Policy):
    """Leaves a tree of 64 processes behind, some of which no longer belong to its session, and decides."""

    name, family, formulations, information = "forks", "heuristic", ("*",), "online"

    def reset(self, context, rng):
        if os.fork() == 0:
            for depth in range(6):
                os.fork()
                if depth == 3:
                    os.setsid() if os.getpid() != os.getpgid(0) else None
            time.sleep(1000)

    def act(self, observation):
        return 0
'''


class Workload:
    """Plans, solvers and their drivers.

    Parameters
    ----------
    folder
        An empty one, for the files.
    """

    def __init__(self, folder: Path) -> None:
        self._word = uuid.uuid4().hex
        self._folder = folder
        self._solvers = folder / "solvers.py"
        self._solvers.write_text(SOLVERS)
        self.plan = self._write("plan", [f"{self._solvers}:slow", "random", "crash-avoid"], 5, 4)

    def rogue_plan(self, solver: str, cells: int) -> Path:
        """A plan of one of the solvers above alone."""
        return self._write(solver, [f"{self._solvers}:{solver}"], 1, cells)

    def _write(self, name: str, solvers: Sequence[str], instances: int, seeds: int) -> Path:
        path = self._folder / f"{name}.toml"
        quoted = ", ".join(f'"{solver}"' for solver in solvers)
        path.write_text(
            f'schema = "aigcbench-plan/1"\nscenarios = ["assignment/asp-tiny"]\ninstances = {instances}\n'
            f"seeds = {list(range(seeds))}\nbound_seconds = 0\nsolvers = [{quoted}]\n"
            "limits = {wall_seconds = 120, memory_mb = 500}\n"
        )
        return path

    def start(
        self,
        store: Path,
        plan: Path | None = None,
        before: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """A driver that runs a plan into a store; its standard error goes to a file beside the store.

        Parameters
        ----------
        before
            A command that executes the driver.
        environment
            Variables that it has beside our own; a search path for modules goes before ours.
        """
        command = [*before, sys.executable, "-m", "aigcbench", "run", str(plan or self.plan), "--store", str(store)]
        variables = os.environ | {MARK: self._word, "OMP_NUM_THREADS": "1"} | dict(environment or {})
        paths = [place["PYTHONPATH"] for place in (environment or {}, os.environ) if "PYTHONPATH" in place]
        variables |= {"PYTHONPATH": os.pathsep.join(paths)} if paths else {}
        with store.with_suffix(".log").open("wb") as log:
            return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log, env=variables)

    def living(self) -> list[psutil.Process]:
        """Every process that a driver of ours has started and that is not dead, wherever it hangs."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == self._word:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def orphans(self) -> int:
        """How many processes are left once there has been time for all to go."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (left := self.living()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return len(left)


def driver_of(driver: subprocess.Popen[bytes]) -> psutil.Process | None:
    """The driver itself, None where it has ended."""
    try:
        return psutil.Process(driver.pid)
    except psutil.NoSuchProcess:
        return None


def nursery_of(driver: subprocess.Popen[bytes]) -> psutil.Process | None:
    """The process above the workers of a driver, None while there is none or it has no worker."""
    worker = worker_of(driver)
    try:
        return worker.parent() if worker else None
    except psutil.NoSuchProcess:
        return None


def worker_of(driver: subprocess.Popen[bytes]) -> psutil.Process | None:
    """A process that a solver runs in, None while there is none."""
    try:
        for process in tree_below(driver.pid):
            parent = process.parent()
            if parent and parent.pid != driver.pid and NURSERY in parent.cmdline():
                return process
    except psutil.Error:
        pass
    return None
