"""Progress: plain lines elsewhere, a bar on a terminal, an honest time left."""

import io

import pytest

import aigcbench as ab
from aigcbench.cli import progress as module
from aigcbench.cli.progress import progress
from aigcbench.discovery import find_solver
from aigcbench.harness.cell import Cell, Outcome, Status
from aigcbench.harness.driver import Finished
from aigcbench.harness.work import BoundWork, CellWork
from aigcbench.problems.problem import Bound
from aigcbench.solver import Limits


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self):
        """Always."""
        return True


@pytest.fixture
def work():
    """A cell on a tiny instance."""
    instance = ab.make("assignment/asp-tiny")
    return CellWork(Cell.of(find_solver("random"), {}, instance, 0, Limits()), instance)


@pytest.fixture
def wide(monkeypatch):
    """A terminal of 200 columns."""
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands where its one entry says."""
    seconds = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: seconds[0])
    return seconds


def test_plain_lines(work, clock):
    """A line per unit: how far, time left, what it was, how it ended."""
    stream = io.StringIO()
    with progress(stream) as report:
        clock[0] = 10.0
        report(Finished(work, Outcome(Status.ERROR, "no [idea]", wall_seconds=2.0), 1, 4))
        clock[0] = 20.0
        report(Finished(BoundWork(work.instance, 5.0, Limits()), Bound(2.5, "lp"), 2, 4))
        report(Finished(BoundWork(work.instance, 5.0, Limits()), None, 3, 4))
    assert stream.getvalue().splitlines() == [
        "[1/4, about 30 s left] random on assignment/asp-tiny#0: error: no [idea], 2.00 s",
        "[2/4, about 20 s left] bound on assignment/asp-tiny#0: 2.50 by lp",
        "[3/4, about 7 s left] bound on assignment/asp-tiny#0: failed",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "about 0 s left"), (60.0, "about 60 s left"), (1800.0, "about 30 min left"), (7e4, "about 19.4 h left")],
)
def test_the_time_left_counts_only_this_run(work, clock, seconds, text):
    """Units that an earlier run had finished took no time in this one and don't make it look faster."""
    stream = io.StringIO()
    with progress(stream) as report:
        clock[0] = seconds
        report(Finished(work, None, 99, 100))
    assert f"[99/100, {text}]" in stream.getvalue()


def test_a_bar_on_a_terminal(work, wide):
    """A terminal gets a bar with the count, the time left and the last unit; brackets are no markup."""
    stream = Terminal()
    with progress(stream) as report:
        report(Finished(work, Outcome(Status.ERROR, "[red]", wall_seconds=3.0), 1, 4))
    shown = stream.getvalue()
    for part in ("1/4", "s left", "random on", "[red]"):
        assert part in shown
