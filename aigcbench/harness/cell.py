"""A cell: one solver with its parameters on one instance with one seed under limits; and what came of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from aigcbench.card import SolverCard
from aigcbench.checkpoint import Checkpoint
from aigcbench.errors import one_line
from aigcbench.instance import Instance
from aigcbench.problems.problem import problem_named
from aigcbench.score import Score
from aigcbench.solver import Budget, Limits


class Status(StrEnum):
    """How a cell ended, as the supervisor saw it."""

    OK = "ok"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASH = "crash"
    INVALID = "invalid"
    ERROR = "error"
    SKIPPED = "skipped"


class Untrained(NamedTuple):
    """Why a learner has no checkpoint: it was not to be trained, or its training failed."""

    status: Status
    detail: str


NOT_GIVEN = Untrained(Status.SKIPPED, "no checkpoint of it was given")


@dataclass(frozen=True)
class Cell:
    """One unit of work.

    Parameters
    ----------
    card, parameters
        The solver and every one of its parameters.
    formulation, scenario, instance_name, instance_sha256
        The instance; its content is fetched when the cell runs.
    seed
        Of the solver's random stream.
    limits
        What it may use.
    training_seed, checkpoint
        Of a learner: the seed that it was trained with, and what it decides with; None for other solvers.
    trained_on
        The scenario that a learner was trained on, where it is not that of the instance.
    budget
        What a learner may spend on training, None where it is not to be trained for this cell.
    untrained
        Why a learner has no checkpoint.
    """

    card: SolverCard
    parameters: Mapping[str, Any]
    formulation: str
    scenario: str
    instance_name: str
    instance_sha256: str
    seed: int
    limits: Limits
    training_seed: int | None = None
    checkpoint: Checkpoint | None = field(default=None, repr=False)
    trained_on: str = ""
    budget: Budget | None = None
    untrained: Untrained = NOT_GIVEN

    @classmethod
    def of(
        cls,
        card: SolverCard,
        parameters: Mapping[str, Any],
        instance: Instance,
        seed: int,
        limits: Limits,
        **training: Any,
    ) -> Cell:
        """The cell of a solver on an instance; of a learner, ``training`` are its last five parameters."""
        return cls(
            card=card,
            parameters=card.validated(parameters),
            formulation=instance.formulation,
            scenario=instance.scenario,
            instance_name=instance.name,
            instance_sha256=instance.sha256,
            seed=seed,
            limits=limits,
            **training,
        )

    @cached_property
    def key(self) -> str:
        """Identity of the cell: a finished one is never run again."""
        identity = {
            "solver": self.card.name,
            "version": self.card.version,
            "parameters": dict(sorted(self.parameters.items())),
            "source": self.card.source_sha256,
            "instance": self.instance_sha256,
            "seed": self.seed,
            "limits": self.limits.identity,
            "scoring": problem_named(self.formulation).scoring_version,
        }
        if self.card.kind == "learner":
            identity |= {"training_seed": self.training_seed, "trained_on": self.trained_on}
            identity["checkpoint"] = self.checkpoint.sha256 if self.checkpoint else None
            identity["budget"] = asdict(self.budget) if self.budget and not self.checkpoint else None
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()

    @property
    def label(self) -> str:
        """The solver's name with its unusual parameters, and what it was trained on if that is something else."""
        label = self.card.label(self.parameters)
        return f"{label} from {self.trained_on}" if self.trained_on else label

    def entropy(self) -> int:
        """Seed of the solver's random stream: the same for the same solver, instance and seed, whatever ran before."""
        text = f"{self.card.name}|{self.instance_sha256}|{self.seed}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest(), "little")


@dataclass
class Outcome:
    """What the supervisor saw and the checker computed.

    Parameters
    ----------
    status, detail
        ``detail`` says in one line what went wrong.
    decisions, score
        None where there are none; a stopped planner is scored by its last incumbent.
    wall_seconds, cpu_seconds, peak_memory_mb
        Over the solver's whole process tree (MB = 10^6 bytes resident); the wall clock starts at READY.
    latencies
        Seconds from sending each observation to receiving its action, pipe included (float64); empty for planners.
    anytime
        Pairs (seconds since READY, primary score) of incumbents.
    """

    status: Status
    detail: str = ""
    decisions: dict[str, np.ndarray] | None = None
    score: Score | None = None
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_memory_mb: float = 0.0
    latencies: np.ndarray = field(default_factory=lambda: np.empty(0))
    anytime: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.detail = one_line(self.detail)

    def latency(self, quantile: float) -> float:
        """A quantile of the decision latency in s, NaN where there was none."""
        return float(np.quantile(self.latencies, quantile)) if len(self.latencies) else float("nan")
