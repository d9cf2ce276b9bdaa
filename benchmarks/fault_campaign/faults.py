"""The kinds of faults: signals to the processes of a driver, bad surroundings of one, damaged copies of a store, rogue solvers."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from aigcbench.errors import InputError
from aigcbench.harness.store import Store
from fault_campaign.workload import PATIENCE_SECONDS, Workload, driver_of, nursery_of, worker_of

PAGE_BYTES = 4096
FROZEN_SECONDS = 0.15
EARLY = 0.3
"""Share of the drivers that are killed while they start; the others once a worker is there."""
CLOCK = """
import random, time
_honest = time.time
time.time = lambda: _honest() + random.choice((-86400.0, 0.0, 86400.0))
"""
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
KILLED_DRIVER = "SIGKILL of the driver"
KILLED_WORKER = "SIGKILL of the worker"
KILLED_NURSERY = "SIGKILL of the nursery"


@dataclass
class Scene:
    """Where a fault happens.

    Parameters
    ----------
    workload, store, scratch
        What runs, the store that it runs into, and a folder for whatever the fault needs.
    rng
        Decides about moments and places.
    """

    workload: Workload
    store: Path
    scratch: Path
    rng: random.Random


@dataclass
class Surroundings:
    """What is wrong around a driver.

    Parameters
    ----------
    before
        A command that executes the driver.
    environment
        Variables that it has beside our own.
    expected
        Its exit codes, where nobody kills it.
    """

    before: Sequence[str] = ()
    environment: dict[str, str] = field(default_factory=dict)
    expected: tuple[int, ...] = (0,)


def honest(_: Scene) -> Surroundings:
    """Nothing is wrong."""
    return Surroundings()


def full_disk(scene: Scene) -> Surroundings:
    """No file may grow beyond a few pages more than the store has: writes fail as on a full disk."""
    size = scene.store.stat().st_size if scene.store.exists() else 0
    limit = size + scene.rng.randrange(1, 12) * PAGE_BYTES
    return Surroundings(["prlimit", f"--fsize={limit}:unlimited"], expected=(0, 1, 2))


def read_only(scene: Scene) -> Surroundings:
    """The store's folder is mounted read-only, for the driver alone."""
    return Surroundings(["unshare", "-m", "sh", "-c", READ_ONLY, str(scene.store.parent)], expected=(0, 1, 2))


def jumping_clock(scene: Scene) -> Surroundings:
    """The wall clock jumps by a day at every look at it, in all Python processes of the driver."""
    (scene.scratch / "sitecustomize.py").write_text(CLOCK)
    return Surroundings(environment={"PYTHONPATH": str(scene.scratch)})


def disturb(scene: Scene, around: Callable[[Scene], Surroundings], signals: Sequence[str]) -> tuple[list[str], str]:
    """Run a driver and signal its processes, one after the other, as far as it gets.

    Parameters
    ----------
    signals
        Of `SIGNALS`.

    Returns
    -------
    The signals that were sent, and what went wrong in a line, or nothing.
    """
    surroundings = around(scene)
    log = scene.store.with_suffix(".log")
    start = scene.workload.start(scene.store, before=surroundings.before, environment=surroundings.environment)
    with start as driver:
        sent = []
        for name in signals:
            if not _send(name, driver, scene.rng):
                break
            sent.append(name)
        expected = (-signal.SIGKILL,) if KILLED_DRIVER in sent else surroundings.expected
        return sent, finish(driver, log, expected)


def _send(name: str, driver: subprocess.Popen[bytes], rng: random.Random) -> bool:
    """Signal a process of a driver at a random moment; whether the driver lived long enough."""
    find, number = SIGNALS[name]
    if name == KILLED_DRIVER and rng.random() < EARLY:
        time.sleep(rng.uniform(0.0, 1.5))
    else:
        _wait_for(worker_of, driver)
        time.sleep(rng.uniform(0.0, 0.05))
    while (process := _wait_for(find, driver)) is not None:
        try:
            process.send_signal(number)
            if number is signal.SIGSTOP:
                time.sleep(FROZEN_SECONDS)
                process.send_signal(signal.SIGCONT)
            return True
        except psutil.NoSuchProcess:
            continue
    return False


def _wait_for(
    find: Callable[[subprocess.Popen[bytes]], psutil.Process | None], driver: subprocess.Popen[bytes]
) -> psutil.Process | None:
    """The process as soon as there is one; None where the driver ends before."""
    while driver.poll() is None:
        if (process := find(driver)) is not None:
            return process
        time.sleep(0.002)
    return None


def finish(driver: subprocess.Popen[bytes], log: Path, expected: tuple[int, ...] = (0,)) -> str:
    """Wait for a driver; it must end with one of the expected exit codes, and never with a traceback."""
    try:
        code = driver.wait(PATIENCE_SECONDS * 5)
    except subprocess.TimeoutExpired:
        driver.kill()
        driver.wait()
        return "the driver hung"
    text = log.read_text(errors="replace")
    if "Traceback" in text:
        return f"a traceback: {text.strip().splitlines()[-1][:200]}"
    return "" if code in expected else f"exit code {code}: {text.strip()[-200:]}"


def corrupted_page(scene: Scene) -> str:
    """A page of a copy of a store is overwritten: whatever can be read is read, the rest refused in a line."""
    copy = _copy(scene)
    with copy.open("r+b") as stream:
        stream.seek(scene.rng.randrange(copy.stat().st_size // PAGE_BYTES) * PAGE_BYTES)
        stream.write(scene.rng.randbytes(PAGE_BYTES))
    try:
        with Store(copy, must_exist=True) as store:
            store.results()
            list(store.decided())
            store.incumbents()
    except InputError:
        pass
    return ""


def truncated_decisions(scene: Scene) -> str:
    """Decisions of a row of a copy of a store are cut off: the row has none that a checker would take."""
    copy = _copy(scene)
    with sqlite3.connect(copy) as database:
        rows = database.execute("SELECT key, length(decisions) FROM rows WHERE decisions IS NOT NULL ORDER BY key")
        key, length = scene.rng.choice(rows.fetchall())
        cut = scene.rng.randrange(length)
        database.execute("UPDATE rows SET decisions = substr(decisions, 1, ?) WHERE key = ?", (cut, key))
    database.close()
    with Store(copy, must_exist=True) as store:
        decisions = {row: decided for row, *_, decided in store.decided()}
    return "" if decisions[key] == {} else "decisions that were cut off are taken"


def _copy(scene: Scene) -> Path:
    return Path(shutil.copy(scene.store, scene.scratch / "copy.sqlite"))


def let_loose(scene: Scene, kind: str, cells: int) -> str:
    """Run solvers that take what they do not get: each cell must have the status that it deserves."""
    solver, status = ROGUES[kind]
    own = scene.scratch / "rogue.sqlite"
    with scene.workload.start(own, scene.workload.rogue_plan(solver, cells)) as driver:
        if wrong := finish(driver, own.with_suffix(".log")):
            return wrong
    with Store(own, must_exist=True) as store:
        found = store.results()["status"].tolist()
    return "" if found == [status] * cells else f"statuses {found} rather than {status}"


SIGNALS = {
    KILLED_WORKER: (worker_of, signal.SIGKILL),
    KILLED_NURSERY: (nursery_of, signal.SIGKILL),
    KILLED_DRIVER: (driver_of, signal.SIGKILL),
    "SIGSTOP of the worker": (worker_of, signal.SIGSTOP),
    "SIGSTOP of the nursery": (nursery_of, signal.SIGSTOP),
    "SIGSTOP of the driver": (driver_of, signal.SIGSTOP),
}
"""Whom to signal, and how; one that was stopped goes on after a while."""
AROUND = {"full disk": full_disk, "read-only store": read_only, "jumping clock": jumping_clock}
DAMAGES = {"corrupted page": corrupted_page, "truncated decisions": truncated_decisions}
ROGUES = {"out of memory": ("hungry", "memory"), "fork bomb": ("forks", "ok")}
"""The solver, and how its cells must end."""


def possible() -> list[str]:
    """The kinds of faults that this machine lets us do: mounting needs rights."""
    kinds = [*SIGNALS, *AROUND, *DAMAGES, *ROGUES]
    if shutil.which("prlimit") is None:
        kinds.remove("full disk")
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-m", "true"], check=False).returncode:
        kinds.remove("read-only store")
    return kinds
