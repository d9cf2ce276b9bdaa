"""Trace files: made-up ones, and the real ones where they are at hand."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aigcbench.traces.formats import FORMATS
from aigcbench.traces.requests import Requests

FILES = {"gentd26": "gentd26.csv", "azure-llm": "azure-llm.csv", "csv": "requests.csv"}


@pytest.fixture
def read(data: Path) -> Callable[[str], Requests]:
    """Reads the made-up trace of a format."""
    return lambda name: FORMATS[name].read(data / "traces" / FILES[name])[0]


@pytest.fixture
def real_trace() -> Callable[[str], Path]:
    """Finds a real trace in the folder that ``AIGCBENCH_TRACES`` names, or skips."""

    def find(pattern: str) -> Path:
        folder = os.environ.get("AIGCBENCH_TRACES")
        found = sorted(Path(folder).glob(pattern)) if folder else []
        if not found:
            pytest.skip(f"AIGCBENCH_TRACES names no folder with {pattern}")
        return found[0]

    return find


@pytest.fixture
def evenly() -> Callable[[int, float], Requests]:
    """Makes alike requests, a given number at a given gap (s)."""

    def make(number: int, gap_s: float) -> Requests:
        same = np.ones(number)
        users, types = np.arange(number), np.zeros(number, np.int64)
        return Requests(number * gap_s, users * gap_s, same, same, same, same, types, users)

    return make
