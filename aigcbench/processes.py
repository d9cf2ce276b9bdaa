"""Process trees: who lives below a process, what they use, and their end."""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
LARGE_BYTES = 32 * 1024
MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024
"""Unit of what the kernel says that an ended process had in memory at most."""
LISTS_CHILDREN = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").exists()  # Linux; a tenth of a scan's cost


def tree_below(root: int) -> list[psutil.Process]:
    """Every process below ``root``, parents first; those that have ended and wait to be reaped too.

    A process that passes from a dying parent to ``root`` while this looks can be missed: look again until none is left.
    """
    if not LISTS_CHILDREN:
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(root).children(recursive=True)
        return []
    found: dict[int, psutil.Process] = {}
    todo = [root]
    for parent in todo:
        for child in _children(parent):
            if child not in found:
                with contextlib.suppress(psutil.NoSuchProcess):
                    found[child] = psutil.Process(child)
                    todo.append(child)
    return list(found.values())


def session_of(leader: int) -> list[psutil.Process]:
    """Every process of the session that ``leader`` has founded, wherever it hangs by now."""
    found = []
    for pid in psutil.pids():
        with contextlib.suppress(OSError, psutil.NoSuchProcess):
            if os.getsid(pid) == leader:
                found.append(psutil.Process(pid))
    return found


def end(look: Callable[[], Iterable[psutil.Process]], seconds: float) -> bool:
    """Kill what ``look`` finds, again and again, until it finds no live process; whether that was so in time."""
    deadline = time.monotonic() + seconds
    while left := [process for process in look() if _lives(process)]:
        send(left, signal.SIGKILL)
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    return True


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _children(parent: int) -> list[int]:
    """Process ids of the children, whichever thread forked them."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{parent}/task"):  # noqa: PTH208 - a Path for each name costs more than the listing
            found += map(int, Path(f"/proc/{parent}/task/{task}/children").read_bytes().split())
    return found


def usage(processes: Iterable[psutil.Process], plenty_mb: float = math.inf) -> tuple[float, float]:
    """Resident memory in MB, and CPU-seconds including those of ended children that were waited for.

    Parameters
    ----------
    plenty_mb
        Where the sum over processes is more than this, what forked processes share is counted once, which takes milliseconds.
    """
    resident: dict[psutil.Process, int] = {}
    cpu = 0.0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            resident[process] = process.memory_info().rss
            cpu += sum(process.cpu_times()[:4])
    memory = sum(resident.values())
    if len(resident) > 1 and memory > plenty_mb * 1e6:
        # What all share with the process that they were forked from is in nobody's part in full, but in the largest one.
        memory = max(*resident.values(), sum(_share(*item) for item in resident.items()))
    return memory / 1e6, cpu


def _share(process: psutil.Process, resident: int) -> int:
    """Bytes of what is resident, with what several processes share divided among them (Linux; elsewhere undivided)."""
    try:
        return int(getattr(process.memory_full_info(), "pss", resident))
    except psutil.NoSuchProcess:
        return 0
    except psutil.Error:
        return resident


def reaped_cpu_seconds(parent: int) -> float:
    """CPU-seconds of the ended descendants that a process has waited for."""
    with contextlib.suppress(psutil.Error):
        return float(sum(psutil.Process(parent).cpu_times()[2:4]))
    return 0.0


def send(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    """Signal each process that is still there and may be signalled."""
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.send_signal(number)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends (Linux; elsewhere such orphans escape)."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def die_with(parent: int) -> None:
    """Be killed when the parent ends, even if that has happened already (Linux)."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def keep_heap_small() -> None:
    """Let the heap of this process stay as small as what lives in it (glibc; elsewhere nothing changes).

    All threads share one region: one of a thread's own keeps what was ever used of it. And large blocks, such as those that zlib
    asks for with every row, are apart from the heap: in it small ones settle where they were, and it grows by megabytes an hour.
    """
    with contextlib.suppress(AttributeError, OSError):
        tell = ctypes.CDLL(None).mallopt
        tell(M_ARENA_MAX, 1)
        tell(M_MMAP_THRESHOLD, LARGE_BYTES)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
