"""Progress of a run: a bar with the time left on a terminal, a plain line per finished unit elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from aigcbench.harness.driver import Finished


@contextmanager
def progress(stream: TextIO | None = None) -> Iterator[Callable[[Finished], None]]:
    """A function that shows each finished unit of work.

    Parameters
    ----------
    stream
        Where to; standard error by default.
    """
    stream = stream or sys.stderr
    if stream.isatty():
        with _bar(stream) as report:
            yield report
    else:
        yield _lines(stream)


def _lines(stream: TextIO) -> Callable[[Finished], None]:
    time_left = _TimeLeft()

    def report(finished: Finished) -> None:
        head = f"[{finished.done}/{finished.total}, {time_left.after(finished)}]"
        print(f"{head} {finished.work.name}: {_result_text(finished)}", file=stream, flush=True)

    return report


@contextmanager
def _bar(stream: TextIO) -> Iterator[Callable[[Finished], None]]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[left]}"), TextColumn("{task.description}")
    time_left = _TimeLeft()
    with Progress(*columns, console=Console(file=stream)) as bar:
        task = bar.add_task("starting", total=None, left="")

        def report(finished: Finished) -> None:
            text = escape(f"{finished.work.name}: {_result_text(finished)}")
            left = time_left.after(finished)
            bar.update(task, completed=finished.done, total=finished.total, description=text, left=left)

        yield report


class _TimeLeft:
    """Estimates the time left from the units that this run has done; what an earlier one had done took no time in it."""

    def __init__(self) -> None:
        self._start, self._units = time.monotonic(), 0

    def after(self, finished: Finished) -> str:
        """The time left after one more unit, in words."""
        self._units += 1
        seconds = (time.monotonic() - self._start) / self._units * (finished.total - finished.done)
        return time_left_text(seconds)


def time_left_text(seconds: float) -> str:
    """A time left in words."""
    if seconds < 120:
        return f"about {seconds:.0f} s left"
    return f"about {seconds / 60:.0f} min left" if seconds < 7200 else f"about {seconds / 3600:.1f} h left"


def _result_text(finished: Finished) -> str:
    from aigcbench.checkpoint import Checkpoint
    from aigcbench.harness.cell import Outcome, Untrained

    result = finished.result
    if isinstance(result, Checkpoint):
        return f"validation {result.validation:.2f} after {result.spent.cpu_seconds:.0f} CPU-seconds"
    if isinstance(result, Untrained):
        return f"{result.status}: {result.detail}"
    if isinstance(result, Outcome):
        said = f" {result.score.primary:.2f}" if result.score else f": {result.detail}" if result.detail else ""
        return f"{result.status}{said}, {result.wall_seconds:.2f} s"
    return f"{result.value:.2f} by {result.method}" if result else "failed"
