"""Progress of a run: a bar with the time left on a terminal, a plain line per finished unit elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aigcbench.harness.engine import Finished


@contextmanager
def progress() -> Iterator[Callable[[Finished], None]]:
    """A function that shows each finished unit of work."""
    if sys.stderr.isatty():
        with _bar() as report:
            yield report
    else:
        yield _lines()


def _result_text(finished: Finished) -> str:
    from aigcbench.harness.cell import Outcome

    result = finished.result
    if isinstance(result, Outcome):
        score = f"{result.score.primary:.2f}" if result.score else result.detail
        return f"{result.status} {score} in {result.wall_seconds:.2f} s"
    return f"{result.value:.2f} by {result.method}" if result else "failed"


def _lines() -> Callable[[Finished], None]:
    start = time.monotonic()
    first: list[int] = []

    def report(finished: Finished) -> None:
        if not first:
            first.append(finished.done - 1)  # what an earlier run had done took no time in this one
        elapsed = time.monotonic() - start
        left = elapsed / (finished.done - first[0]) * (finished.total - finished.done)
        head = f"[{finished.done}/{finished.total}, about {left:.0f} s left]"
        print(f"{head} {finished.work.name}: {_result_text(finished)}", file=sys.stderr, flush=True)

    return report


@contextmanager
def _bar() -> Iterator[Callable[[Finished], None]]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("starting", total=None)

        def report(finished: Finished) -> None:
            text = f"{finished.work.name}: {_result_text(finished)}".replace("[", "\\[")
            bar.update(task, completed=finished.done, total=finished.total, description=text)

        yield report
