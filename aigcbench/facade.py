"""The library's road in a few calls, for notebooks and scripts: make, solve, check, results."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from aigcbench.card import SolverCard
from aigcbench.checkpoint import Checkpoint
from aigcbench.discovery import find_solver
from aigcbench.errors import InputError
from aigcbench.harness.cell import Cell, Outcome, Status
from aigcbench.harness.checkpoints import Checkpoints
from aigcbench.harness.nursery import Nursery
from aigcbench.harness.store import Store
from aigcbench.harness.supervisor import run_cell
from aigcbench.instance import Instance
from aigcbench.problems.problem import load_instance, problem_of
from aigcbench.problems.problem import score as check
from aigcbench.scenario import scenario_named
from aigcbench.score import Score, primary_metric
from aigcbench.solver import Limits

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Result", "check", "load", "make", "results", "solve"]


@dataclass(frozen=True)
class Result:
    """What one solver did on one instance; printing it gives a summary.

    Parameters
    ----------
    instance, solver, parameters, seed
        What was run.
    status, detail
        How it ended, as the supervisor saw it.
    decisions, score
        Raw decisions by name, and what the checker computed from them; None where there are none.
    wall_seconds, decision_p50_s, decision_p99_s
        From READY to the last decision; latency of single decisions (NaN for planners).
    peak_memory_mb
        Over the solver's process tree (MB = 10^6 bytes resident).
    anytime
        Pairs (seconds, primary score) of a planner's incumbents.
    checkpoint
        What a learner decided with.
    """

    instance: Instance = field(repr=False)
    solver: str
    parameters: Mapping[str, Any]
    seed: int
    status: Status
    detail: str
    decisions: Mapping[str, np.ndarray] | None = field(repr=False)
    score: Score | None = field(repr=False)
    wall_seconds: float
    decision_p50_s: float
    decision_p99_s: float
    peak_memory_mb: float
    anytime: tuple[tuple[float, float], ...] = field(repr=False)
    checkpoint: Checkpoint | None = field(default=None, repr=False)

    @classmethod
    def of(cls, cell: Cell, instance: Instance, outcome: Outcome) -> Result:
        """The result of a cell that has ended."""
        return cls(
            instance, cell.card.name, cell.parameters, cell.seed, outcome.status, outcome.detail, outcome.decisions,
            outcome.score, outcome.wall_seconds, outcome.latency(0.5), outcome.latency(0.99), outcome.peak_memory_mb,
            tuple(outcome.anytime), cell.checkpoint,
        )  # fmt: skip

    def summary(self) -> str:
        """Some lines for a person."""
        lines = [f"{self.solver} on {self.instance.name}: {self.status}{f' ({self.detail})' if self.detail else ''}"]
        if self.score is not None:
            for metric in self.score.definitions:
                mark = "*" if metric is primary_metric(self.score.definitions) else " "
                lines.append(f" {mark}{metric.name:<20} {self.score[metric.name]:>12.4f} {metric.unit}".rstrip())
        lines.append(f"  {'run time':<20} {self.wall_seconds:>12.4f} s")
        if np.isfinite(self.decision_p50_s):
            p50, p99 = self.decision_p50_s * 1e6, self.decision_p99_s * 1e6
            lines.append(f"  {'decision p50 / p99':<20} {p50:>12.1f} / {p99:.1f} us, process boundary included")
        if self.checkpoint is not None:
            training = self.checkpoint.training
            origin = f"{training.label} trained on {training.task}, seed {training.seed}"
            cost = f"{training.budget_name} budget, {self.checkpoint.spent.cpu_seconds:.0f} CPU-seconds"
            lines.append(f"  {'checkpoint':<20} {origin} ({cost}), sha256 {self.checkpoint.sha256[:12]}")
        return "\n".join(lines)

    __str__ = summary


def make(scenario: str, seed: int = 0, split: str = "test") -> Instance:
    """Draw an instance of a scenario (a catalogue name or a ``.toml`` file)."""
    return scenario_named(scenario).instance(seed, split)


def load(path: str | Path) -> Instance:
    """Read and validate an instance file."""
    return load_instance(path)


def solve(
    instance: Instance,
    solver: str,
    *,
    parameters: Mapping[str, Any] | None = None,
    seed: int = 0,
    time_limit: float = 60.0,
    memory_limit: float = 4000.0,
    threads: int = 1,
    training_seed: int = 0,
    checkpoint: str | Path | None = None,
) -> Result:
    """Run a solver (a catalogue name or a ``.py`` file) in a process of its own, under limits, and score its decisions.

    Parameters
    ----------
    time_limit, memory_limit
        Seconds, and MB over the solver's process tree.
    training_seed, checkpoint
        Of a learner: which of the shipped checkpoints of the instance's scenario it decides with, or a file of one's own.

    Raises
    ------
    InputError
        For an unknown solver, bad parameters or limits, a checkpoint that is not the solver's. A solver's own failure is a `Result` with its status.
    """
    problem_of(instance).validate(instance, instance.name)
    limits = Limits(wall_seconds=time_limit, memory_mb=memory_limit, threads=threads)
    card = find_solver(solver)
    if card.kind != "learner":
        if checkpoint is not None:
            raise InputError("checkpoint", f"{card.name} is a {card.kind}", "a learner, or no checkpoint")
        cell = Cell.of(card, parameters or {}, instance, seed, limits)
    elif checkpoint is None:
        found = Checkpoints().find(card, parameters or {}, instance.scenario, training_seed)
        training = {"checkpoint": found} if isinstance(found, Checkpoint) else {"untrained": found}
        cell = Cell.of(card, parameters or {}, instance, seed, limits, training_seed=training_seed, **training)
    else:
        cell = _cell_with(Checkpoint.load(checkpoint), card, parameters, instance, seed, limits)
    return Result.of(cell, instance, _run(cell, instance))


def _cell_with(
    checkpoint: Checkpoint,
    card: SolverCard,
    parameters: Mapping[str, Any] | None,
    instance: Instance,
    seed: int,
    limits: Limits,
) -> Cell:
    """The cell of a learner with a checkpoint of its own, whose parameters it takes over."""
    training = checkpoint.training
    found = f"a checkpoint of {training.label}, version {training.version}"
    if (training.solver, training.version) != (card.name, card.version):
        raise InputError("checkpoint", found, f"one of {card.name}, version {card.version}")
    if parameters and card.validated(parameters) != training.parameters:
        raise InputError("checkpoint", found, f"the parameters given, {card.label(card.validated(parameters))}")
    elsewhere = training.task if training.task != instance.scenario else ""
    given = {"training_seed": training.seed, "checkpoint": checkpoint, "trained_on": elsewhere}
    return Cell.of(card, training.parameters, instance, seed, limits, **given)


def results(store: str | Path) -> pd.DataFrame:
    """All rows of a store as a DataFrame."""
    with Store(store, must_exist=True) as opened:
        return opened.results()


_TURN = threading.Lock()


def _run(cell: Cell, instance: Instance) -> Outcome:
    """Run a cell when its turn comes, since a nursery runs one at a time."""
    with _TURN:
        return run_cell(_nursery(os.getpid(), cell.limits.threads), cell, instance)


@cache
def _nursery(_process: int, threads: int) -> Nursery:
    """One nursery per thread allowance for the life of a process; a fork does not share its parent's."""
    nursery = Nursery(threads)
    atexit.register(nursery.close)
    return nursery
