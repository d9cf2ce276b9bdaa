"""The kinds of faults. Each is a function of a `Scene`; it returns what went wrong in a line, or nothing."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from aigcbench.errors import InputError
from aigcbench.harness.store import Store
from fault_campaign.workload import PATIENCE_SECONDS, Workload, nursery_of, worker_of

PAGE_BYTES = 4096
FROZEN_SECONDS = 0.5
CLOCK = """
import random, time
_honest = time.time
time.time = lambda: _honest() + random.choice((-86400.0, 0.0, 86400.0))
"""
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'


class Missed(Exception):
    """The driver was through before the fault could be done."""


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


def finish(driver: subprocess.Popen[bytes], log: Path, expected: tuple[int, ...]) -> str:
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


def _signalled(
    find: Callable[[subprocess.Popen[bytes]], psutil.Process | None], number: signal.Signals, scene: Scene
) -> str:
    """Signal a process at a random moment of its life; one that was stopped goes on after a while."""
    log = scene.store.with_suffix(".log")
    with scene.workload.start(scene.store) as driver:
        process = _wait_for(find, driver)
        time.sleep(scene.rng.uniform(0.0, 0.3))
        if driver.poll() is not None:
            raise Missed
        try:
            process.send_signal(number)
            if number is signal.SIGSTOP:
                time.sleep(FROZEN_SECONDS)
                process.send_signal(signal.SIGCONT)
        except psutil.NoSuchProcess:
            finish(driver, log, (0,))
            raise Missed from None
        killed = process.pid == driver.pid and number is signal.SIGKILL
        return finish(driver, log, (-signal.SIGKILL,) if killed else (0,))


def _wait_for(
    find: Callable[[subprocess.Popen[bytes]], psutil.Process | None], driver: subprocess.Popen[bytes]
) -> psutil.Process:
    while driver.poll() is None:
        if (process := find(driver)) is not None:
            return process
        time.sleep(0.005)
    raise Missed


def _driver(driver: subprocess.Popen[bytes]) -> psutil.Process | None:
    try:
        return psutil.Process(driver.pid)
    except psutil.NoSuchProcess:
        return None


def full_disk(scene: Scene) -> str:
    """No file may grow beyond a few pages more than the store has: writes fail as on a full disk."""
    size = scene.store.stat().st_size if scene.store.exists() else 0
    limit = size + scene.rng.randrange(1, 12) * PAGE_BYTES
    before = ["prlimit", f"--fsize={limit}:unlimited"]
    with scene.workload.start(scene.store, before=before) as driver:
        return finish(driver, scene.store.with_suffix(".log"), (0, 1, 2))


def read_only(scene: Scene) -> str:
    """The store's folder is mounted read-only, for the driver alone."""
    before = ["unshare", "-m", "sh", "-c", READ_ONLY, str(scene.store.parent)]
    with scene.workload.start(scene.store, before=before) as driver:
        return finish(driver, scene.store.with_suffix(".log"), (0, 1, 2))


def clock_jump(scene: Scene) -> str:
    """The wall clock jumps by a day at every look at it, in all Python processes of the driver."""
    (scene.scratch / "sitecustomize.py").write_text(CLOCK)
    path = f"{scene.scratch}{os.pathsep}{os.environ.get('PYTHONPATH', '')}".rstrip(os.pathsep)
    with scene.workload.start(scene.store, environment={"PYTHONPATH": path}) as driver:
        return finish(driver, scene.store.with_suffix(".log"), (0,))


def corrupted_page(scene: Scene) -> str:
    """A page of a copy of the store is overwritten: whatever can be read is read, the rest refused in a line."""
    copy = _copy(scene)
    pages = copy.stat().st_size // PAGE_BYTES
    with copy.open("r+b") as stream:
        stream.seek(scene.rng.randrange(pages) * PAGE_BYTES)
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
    """Decisions of a row of a copy of the store are cut off: the row has none that a checker would take."""
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
    """A copy of the store, which is filled first where it has no row yet."""
    with Store(scene.store) as store:
        empty = not store.keys()
    if empty:
        with scene.workload.start(scene.store) as driver:
            if wrong := finish(driver, scene.store.with_suffix(".log"), (0,)):
                raise RuntimeError(wrong)
    copy = scene.scratch / "copy.sqlite"
    with sqlite3.connect(scene.store) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    source.close()
    target.close()
    return copy


def _rogue(plan: str, status: str, scene: Scene) -> str:
    """A solver that takes what it does not get has the status that it deserves."""
    own = scene.scratch / "rogue.sqlite"
    with scene.workload.start(own, plan=getattr(scene.workload, plan)) as driver:
        if wrong := finish(driver, own.with_suffix(".log"), (0, 1)):
            return wrong
    with Store(own, must_exist=True) as store:
        found = store.results()["status"].tolist()
    return "" if found == [status] * 2 else f"statuses {found} rather than {status}"


KINDS: dict[str, Callable[[Scene], str]] = {
    "SIGKILL of the worker": partial(_signalled, worker_of, signal.SIGKILL),
    "SIGKILL of the nursery": partial(_signalled, nursery_of, signal.SIGKILL),
    "SIGKILL of the driver": partial(_signalled, _driver, signal.SIGKILL),
    "SIGSTOP of the worker": partial(_signalled, worker_of, signal.SIGSTOP),
    "SIGSTOP of the nursery": partial(_signalled, nursery_of, signal.SIGSTOP),
    "SIGSTOP of the driver": partial(_signalled, _driver, signal.SIGSTOP),
    "full disk": full_disk,
    "read-only store": read_only,
    "jumping clock": clock_jump,
    "corrupted page": corrupted_page,
    "truncated decisions": truncated_decisions,
    "out of memory": partial(_rogue, "hungry", "memory"),
    "fork bomb": partial(_rogue, "forks", "ok"),
}


def possible(kind: str) -> bool:
    """Whether this machine lets us do such a fault: mounting needs rights."""
    if kind == "full disk":
        return shutil.which("prlimit") is not None
    if kind == "read-only store":
        return (
            shutil.which("unshare") is not None
            and not subprocess.run(["unshare", "-m", "true"], check=False).returncode
        )
    return True
