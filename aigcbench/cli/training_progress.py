"""Progress of a training: one line that is written over on a terminal, plain lines now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

from aigcbench.cli.progress import time_left_text
from aigcbench.solver import Budget

LINE_SECONDS = 10.0
"""Between plain lines that bring no news of the validation."""


@contextmanager
def training_progress(budget: Budget, stream: TextIO | None = None) -> Iterator[Callable[[Mapping[str, float]], None]]:
    """A function that shows each point of a training curve.

    Parameters
    ----------
    stream
        Where to; standard error by default.
    """
    stream = stream or sys.stderr
    show = _Line(budget)
    terminal = stream.isatty()
    last = -LINE_SECONDS

    def report(point: Mapping[str, float]) -> None:
        nonlocal last
        text, now = show(point), time.monotonic()
        if terminal:
            print(f"\r{text}\033[K", end="", file=stream, flush=True)
        elif "validation" in point or now - last >= LINE_SECONDS:
            last = now
            print(text, file=stream, flush=True)

    try:
        yield report
    finally:
        if terminal:
            print(file=stream)


class _Line:
    """How far a training is, in one line."""

    def __init__(self, budget: Budget) -> None:
        self._budget, self._started = budget, 0.0
        self._first: Mapping[str, float] | None = None
        self._validation = ""

    def __call__(self, point: Mapping[str, float]) -> str:
        """The line after one more point of the curve."""
        if self._first is None:  # rates count from here: a resumed training had steps before
            self._first, self._started = point, time.monotonic()
        seconds = max(time.monotonic() - self._started, 1e-9)
        rates = {
            name: (point[name] - self._first.get(name, 0.0)) / seconds for name in ("environment_steps", "updates")
        }
        if "validation" in point:
            self._validation = f", validation {point['validation']:.2f}"
        share = self._share(point)
        done = share - self._share(self._first)
        left = f", {time_left_text(max(0.0, seconds / done * (1.0 - share)))}" if done > 0 else ""
        steps = f"{point['environment_steps']:.0f} steps ({rates['environment_steps']:.0f}/s)"
        updates = f"{point['updates']:.0f} updates ({rates['updates']:.0f}/s)"
        return f"{min(share, 1.0):4.0%}, {steps}, {updates}{self._validation}{left}"

    def _share(self, point: Mapping[str, float]) -> float:
        """Share of the budget that is spent, by whichever part of it is nearest to its end."""
        return max(point.get(name, 0.0) / limit for name, limit in vars(self._budget).items())
