"""Progress of a training: rates, validation and an honest time left; plain lines, or one line on a terminal."""

import io

import pytest

from aigcbench.cli import training_progress as module
from aigcbench.cli.training_progress import training_progress
from aigcbench.solver import Budget

BUDGET = Budget(environment_steps=10_000, updates=1_000, cpu_seconds=100.0)


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self):
        """Always."""
        return True


def point(share, **more):
    """A point at which so much of the budget's CPU-seconds is spent, and half as much of the rest."""
    return {"environment_steps": 5_000 * share, "updates": 500 * share, "cpu_seconds": 100 * share} | more


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands where its one entry says."""
    seconds = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: seconds[0])
    return seconds


def test_plain_lines(clock):
    """A line for each validation and else every ten seconds; rates and time left count from the first point seen."""
    stream = io.StringIO()
    with training_progress(BUDGET, stream) as report:
        report(point(0.1))
        for share, seconds in ((0.2, 20.0), (0.21, 22.0), (0.3, 40.0)):
            clock[0] = seconds
            report(point(share))
        clock[0] = 41.0
        report(point(0.5, validation=12.345))
        clock[0] = 60.0
        report(point(1.01))
    assert stream.getvalue().splitlines() == [
        " 10%, 500 steps (0/s), 50 updates (0/s)",
        " 20%, 1000 steps (25/s), 100 updates (2/s), about 3 min left",
        " 30%, 1500 steps (25/s), 150 updates (2/s), about 2 min left",
        " 50%, 2500 steps (49/s), 250 updates (5/s), validation 12.35, about 51 s left",
        "100%, 5050 steps (76/s), 505 updates (8/s), validation 12.35, about 0 s left",
    ]


def test_terminal(clock):
    """On a terminal the line is written over, and ended when the training ends."""
    stream = Terminal()
    with training_progress(BUDGET, stream) as report:
        report(point(0.1))
        report(point(0.2))
    assert stream.getvalue().count("\r") == 2
    assert stream.getvalue().endswith("\n")
