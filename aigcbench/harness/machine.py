"""What a row was measured on: versions, processor, git commit, and how fast a fixed small kernel ran."""

from __future__ import annotations

import importlib.metadata
import platform
import subprocess
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from aigcbench.content import PACKAGE

PACKAGES = ("aigcbench", "numpy", "numba", "pulp", "highspy", "ortools", "deap", "gymnasium", "torch", "safetensors")


@cache
def environment() -> dict[str, Any]:
    """Versions, machine and calibration of this process, measured once."""
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": psutil.cpu_count(logical=True),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
        "commit": _commit(),
        "calibration_s": _calibration_seconds(),
    }


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    """The processor's model name."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


def _commit() -> str:
    """Git commit of the checkout, with ``+`` when it has changes; ``""`` outside a checkout."""
    try:
        git = ["git", "-C", str(PACKAGE.parent)]
        top = _output([*git, "rev-parse", "--show-toplevel"])
        if not top or Path(top).resolve() != PACKAGE.parent:
            return ""
        changed = _output([*git, "status", "--porcelain", "--untracked-files=no"])
        return _output([*git, "rev-parse", "--short=12", "HEAD"]) + ("+" if changed else "")
    except OSError:
        return ""


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=10, check=False).stdout.strip()


def _calibration_seconds() -> float:
    """Best of five of a fixed matrix product, in s: rows of unequal machines can be told apart."""
    matrix = np.random.Generator(np.random.PCG64(0)).random((200, 200))
    times = []
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(5):
            matrix @ matrix
        times.append(time.perf_counter() - start)
    return round(min(times), 6)
