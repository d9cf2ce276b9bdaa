"""Accelerators of this machine: which there are, and who has them."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

VISIBLE = "CUDA_VISIBLE_DEVICES"
_DEVICE = re.compile(r"\d+|(GPU|MIG)-[\w/-]+")
_LIST = ("nvidia-smi", "--query-gpu=index", "--format=csv,noheader")
_LIST_SECONDS = 20.0


def devices_here() -> list[str]:
    """What this process may use: the devices that ``CUDA_VISIBLE_DEVICES`` names; where it is not set, all that the driver lists."""
    if (given := os.environ.get(VISIBLE)) is not None:
        return _devices(given.split(","))
    try:
        listed = subprocess.run(_LIST, capture_output=True, text=True, timeout=_LIST_SECONDS, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return []  # no driver, or none of its devices answers
    return _devices(listed.splitlines())


def _devices(names: Sequence[str]) -> list[str]:
    """The names up to the first that is none, as CUDA itself reads its variable; a name that stands twice counts once."""
    found: list[str] = []
    for name in map(str.strip, names):
        if not _DEVICE.fullmatch(name):
            break
        if name not in found:
            found.append(name)
    return found


class Pool:
    """Devices that are lent to one unit of work at a time.

    Parameters
    ----------
    devices
        Their names.
    """

    def __init__(self, devices: Sequence[str]) -> None:
        self.size = len(devices)
        self._free, self._changed = list(devices), threading.Condition()

    @contextmanager
    def lent(self, count: int) -> Iterator[tuple[str, ...]]:
        """So many devices, at most `size`, until the end of the block; waits for others to give theirs back."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._free) >= count)
            lent, self._free = tuple(self._free[:count]), self._free[count:]
        try:
            yield lent
        finally:
            with self._changed:
                self._free.extend(lent)
                self._changed.notify_all()
