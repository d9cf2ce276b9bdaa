"""What a paper says: a number that it prints, or an order of two solvers."""

from __future__ import annotations

from dataclasses import dataclass

STATISTICS = {
    "mean": "mean over episodes",
    "gain": "by how many per cent the mean is better than that of the solver it is held against",
    "best": "expected best of 1000 episodes, taken as normally distributed",
    "episode": "mean, with the interval that holds 95 % of single episodes",
}


@dataclass(frozen=True)
class Claim:
    """What a number or an order is about.

    Parameters
    ----------
    name
        What the paper calls it.
    solver
        Ours, by its label in the results without what it was trained on; ``""`` where nothing here corresponds.
    against
        The solver that it is held against; ``""`` where it stands alone.
    scenarios
        Whose instances count, all alike.
    metric
        Of the formulation, or another column of the results.
    reason
        What decides the value and is not in the paper, so that another value says nothing; ``""`` where nothing is lacking.
    """

    name: str
    solver: str
    against: str
    scenarios: tuple[str, ...]
    metric: str
    reason: str


@dataclass(frozen=True)
class Value(Claim):
    """A number.

    Parameters
    ----------
    statistic
        One of `STATISTICS`.
    factor, unit
        From the metric's unit to the paper's.
    published
        As printed; None where it is of our own.
    at_least
        Whether the paper claims this much or more.
    """

    statistic: str
    factor: float
    unit: str
    published: float | None
    at_least: bool


@dataclass(frozen=True)
class Order(Claim):
    """``solver`` is better than ``against``."""


@dataclass(frozen=True)
class Figure:
    """A figure or table of a paper, or a finding of our own about it.

    Parameters
    ----------
    name
        As ``aigcbench reproduce`` takes it.
    printed_in
        The paper's name of it; ``""`` for a finding.
    title
        What it shows, in a line.
    text
        For a figure, how our protocol differs from the paper's; for a finding, what was found.
    plan
        The plan that measures it, ``""`` where there is none.
    values, orders
        What is claimed.
    """

    name: str
    printed_in: str
    title: str
    text: str
    plan: str
    values: tuple[Value, ...]
    orders: tuple[Order, ...]

    @property
    def is_finding(self) -> bool:
        """Whether it is our own."""
        return not self.printed_in

    @property
    def command(self) -> str:
        """What measures it, ``""`` where nothing does."""
        return f"aigcbench reproduce {self.name}" if self.plan else ""


@dataclass(frozen=True)
class Paper:
    """A paper with its figures.

    Parameters
    ----------
    name
        As ``aigcbench reproduce`` takes it.
    title, source
        Of the paper, and where its figures are taken from.
    formulation
        That its scenarios are of.
    """

    name: str
    title: str
    source: str
    formulation: str
    figures: tuple[Figure, ...]
