"""Units of work: a cell, an instance's bound, a training; each says what it needs, and is performed wherever an engine places it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from aigcbench.checkpoint import Checkpoint
from aigcbench.harness.cell import Cell, Outcome, Untrained
from aigcbench.harness.nursery import Nursery
from aigcbench.harness.supervisor import run_bound, run_cell
from aigcbench.harness.training import Order, run_training
from aigcbench.instance import Instance
from aigcbench.problems.problem import Bound
from aigcbench.solver import Limits

BOUND_MARGIN_SECONDS = 30.0  # building the model and leaving the worker, beyond the time for the bound itself
Result = Outcome | Bound | Checkpoint | Untrained | None


class Performed(NamedTuple):
    """What came of a unit of work, and the machine that did it (see `machine.environment`)."""

    result: Result
    environment: dict[str, Any]


class Work(Protocol):
    """A unit of work. It can be pickled: what it needs of files lies where the whole cluster finds it."""

    @property
    def name(self) -> str:
        """What a progress line calls it."""

    @property
    def limits(self) -> Limits:
        """The memory, the threads and the accelerators that it may use; an engine gives it a place that has them."""

    def perform(self, nursery: Nursery) -> Result:
        """Do it in a worker of the nursery; `InfrastructureError` where that fails through no fault of a solver."""


@dataclass(frozen=True)
class CellWork:
    """A cell and its instance."""

    cell: Cell
    instance: Instance

    @property
    def name(self) -> str:
        """See `Work`."""
        return f"{self.cell.label} on {self.instance.name}"

    @property
    def limits(self) -> Limits:
        """See `Work`."""
        return self.cell.limits

    def perform(self, nursery: Nursery) -> Outcome:
        """See `Work`."""
        return run_cell(nursery, self.cell, self.instance)


@dataclass(frozen=True)
class BoundWork:
    """The proven bound of an instance.

    Parameters
    ----------
    seconds
        For its computation.
    limits
        Memory and threads.
    """

    instance: Instance
    seconds: float
    limits: Limits

    @property
    def name(self) -> str:
        """See `Work`."""
        return f"bound on {self.instance.name}"

    def perform(self, nursery: Nursery) -> Bound | None:
        """See `Work`."""
        limits = replace(self.limits, wall_seconds=self.seconds + BOUND_MARGIN_SECONDS)
        return run_bound(nursery, self.instance, self.seconds, limits)


@dataclass(frozen=True)
class TrainingWork:
    """A training; it goes on from the state that a killed one has left, where it sees the same folder.

    Parameters
    ----------
    folder
        Of checkpoints.
    limits
        Memory and threads; the clock is that of the order's budget.
    """

    order: Order
    folder: Path
    limits: Limits

    @property
    def name(self) -> str:
        """See `Work`."""
        return self.order.name

    def perform(self, nursery: Nursery) -> Checkpoint | Untrained:
        """See `Work`."""
        return run_training(nursery, self.order, self.folder, self.limits)
