"""The solver contracts: what a contributor implements, in one file.

A heuristic is a `Policy` of a dozen lines::

    import numpy as np

    from aigcbench.solver import Policy

    class CrashAvoid(Policy):
        \"\"\"Sends every request to the server with the most free steps.\"\"\"

        name = "crash-avoid"
        family = "heuristic"
        formulations = ("assignment",)
        information = "online"

        def reset(self, context, rng):
            self.first_service = np.unique(context["service_server"], return_index=True)[1]

        def act(self, observation):
            return self.first_service[observation.free_steps.argmax()]

Solvers deliver decisions, never a score or a status. Annotated class attributes made with `parameter` are the solver's
parameters: keyword arguments with a default, a range and a line of help.
"""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, dataclass_transform

import numpy as np

from aigcbench.errors import InputError

if TYPE_CHECKING:
    import gymnasium

    from aigcbench.instance import Instance
    from aigcbench.observation import Context, Observation

Information = Literal["online", "informed", "clairvoyant"]
INFORMATION: tuple[Information, ...] = typing.get_args(Information)
FAMILIES = ("heuristic", "exact", "genetic", "local-search", "drl", "diffusion")


def parameter(
    default: Any,
    description: str,
    *,
    minimum: float = -math.inf,
    maximum: float = math.inf,
    choices: tuple[str, ...] = (),
    unit: str = "",
) -> Any:
    """Declare a solver parameter: ``tries: int = parameter(3, "restarts", minimum=1)``."""
    details = {"description": description, "minimum": minimum, "maximum": maximum, "choices": choices, "unit": unit}
    return dataclasses.field(default=default, metadata=details)


@dataclass(frozen=True)
class Limits:
    """What a cell may use; the harness enforces it from outside.

    Parameters
    ----------
    wall_seconds
        From READY to the last decision.
    memory_mb
        Resident memory over the solver's whole process tree (MB = 10^6 bytes); what forked processes share counts once.
    threads
        Threads that the solver may keep busy.
    gpus
        Accelerators that the solver sees, each its own while it runs.
    """

    wall_seconds: float = 60.0
    memory_mb: float = 4000.0
    threads: int = 1
    gpus: int = 0

    def __post_init__(self) -> None:
        for name in ("wall_seconds", "memory_mb", "threads"):
            value = getattr(self, name)
            if not isinstance(value, (int, float)) or not 0 < value < 1e9:
                raise InputError(f"limits.{name}", repr(value), "a number above 0 and below 1e9")
        if type(self.threads) is not int:
            raise InputError("limits.threads", repr(self.threads), "a whole number")
        if type(self.gpus) is not int or not 0 <= self.gpus < 1e9:
            raise InputError("limits.gpus", repr(self.gpus), "a whole number of 0 or more, below 1e9")

    @property
    def identity(self) -> dict[str, float]:
        """What is written where limits identify something: no accelerators are not mentioned."""
        return {name: value for name, value in dataclasses.asdict(self).items() if name != "gpus" or value}


@dataclass(frozen=True)
class Budget:
    """What a learner may spend on training: whichever runs out first ends it."""

    environment_steps: int = 1_000_000
    updates: int = 1_000_000
    cpu_seconds: float = 180.0

    def __post_init__(self) -> None:
        for name in ("environment_steps", "updates", "cpu_seconds"):
            value = getattr(self, name)
            if type(value) not in (int, float) or not 0 < value < 1e15:
                raise InputError(f"budget.{name}", repr(value), "a number above 0 and below 1e15")
        for name, kind in (("environment_steps", int), ("updates", int), ("cpu_seconds", float)):
            object.__setattr__(self, name, kind(getattr(self, name)))  # equal budgets are written alike


BUDGETS = {
    "quick": Budget(environment_steps=10**7, updates=10**6, cpu_seconds=180.0),
    "standard": Budget(environment_steps=10**8, updates=10**7, cpu_seconds=1200.0),
    "paper": Budget(environment_steps=10**6, updates=10**6, cpu_seconds=10.0**6),
}
"""Budgets by name, the same for every learner: the clock ends the first two, the counts of the papers the third."""


class Incumbent(typing.Protocol):
    """Reports the best decisions so far, so that a killed run still has an answer and an anytime curve."""

    def __call__(self, decisions: Decisions, bound: float | None = None) -> None: ...


Decisions = np.ndarray | Mapping[str, np.ndarray]
Weights = Mapping[str, np.ndarray]
"""A trained policy's numbers by name: float32, float64, int64 or bool arrays, all finite."""


class TrainingRun(typing.Protocol):
    """What a learner has at hand while it trains; the harness gives it.

    Attributes
    ----------
    saved
        The state of the latest `save` of a training that was killed, None in a training that starts.
    """

    saved: Mapping[str, np.ndarray] | None

    def report(self, metrics: Mapping[str, float]) -> None:
        """Add a point to the training curve and show it; about a hundred times over the budget is often enough.

        ``updates`` (gradient updates so far) is expected in every report, ``validation`` where there is news of it, and
        any losses. ``environment_steps`` and ``cpu_seconds`` are added: the harness counts them.
        """

    def validate(self, weights: Weights) -> float:
        """Mean primary score of ``policy(weights)`` on the scenario's validation instances, always the same 30.

        Higher is better: a score of which less is better is negated. In a Gymnasium environment it is the mean return.
        """

    def save(self, state: Mapping[str, np.ndarray]) -> None:
        """Keep everything that a killed training needs to go on exactly: arrays of any number dtype.

        The state of ``rng``, the curve and what has been spent are kept with it. The environments are not: save where
        they are reset with a seed from ``rng``, in a training that is not disturbed too.
        """

    def cpu_seconds(self) -> float:
        """CPU-seconds spent so far, those before a kill included."""


@dataclass_transform(kw_only_default=True, field_specifiers=(parameter,))
class Solver:
    """What all solvers declare. Subclass `Policy`, `Planner` or `Learner`, not this.

    Attributes
    ----------
    name
        Unique, lower case with dashes.
    family
        One of `FAMILIES`.
    formulations
        Names of the formulations that it solves; ``("*",)`` for every one.
    information
        ``online`` sees observations only; ``informed`` sees also the utility and delay of the current request for every
        action; ``clairvoyant`` gets the whole instance.
    reference
        Where it comes from.
    version
        Raise it when decisions change.
    """

    name: ClassVar[str] = ""
    family: ClassVar[str] = ""
    formulations: ClassVar[tuple[str, ...]] = ()
    information: ClassVar[Information]
    reference: ClassVar[str] = ""
    version: ClassVar[int] = 1

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        dataclass(kw_only=True, eq=False)(cls)

    def prepare(self) -> None:
        """Import what is heavy and compile what is slow; called once before the clock starts, knowing no instance."""


class Policy(Solver):
    """Decides request after request. It lives in a process of its own.

    The instance does not enter that process unless `compiled` returns a form of the policy, which runs inside the simulator's
    kernel on instances of 50,000 requests or more. Where stations decide alone, each is made from the solver's file executed anew.
    """

    def reset(self, context: Context, rng: np.random.Generator) -> None:
        """Start an episode knowing ``context``; draw random numbers from ``rng`` only."""

    def act(self, observation: Observation) -> Any:
        """Return the action for the current request: an index in 0..n_actions-1, or -1 to reject where that is legal."""
        raise TypeError(f"{type(self).__name__} has no act(observation)")

    def feedback(self, reward: float) -> None:
        """Learn the reward of the last action (optional; only called where it is overridden)."""

    def compiled(self) -> tuple[Any, np.ndarray] | None:
        """Return a numba function ``decide(vector, reward, state) -> int`` and its state (float64 array), or None.

        ``vector`` is the bare observation, ``reward`` that of the last decision (0.0 before the first), and ``state`` may be
        changed in place. Called after `reset`. It must decide exactly as `act` does; it serves instances of a million requests.
        """
        return None


class Planner(Solver):
    """Decides everything at once, seeing the whole instance."""

    information: ClassVar[Information] = "clairvoyant"

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        """Return decisions for the whole instance; report better and better ones to ``incumbent`` on the way."""
        raise TypeError(f"{type(self).__name__} has no plan(instance, limits, rng, incumbent)")


class Learner(Solver):
    """Trains a policy on environments that draw from training seeds only.

    `prepare` is called before training, not before the trained policy decides: that process never imports what training needs.
    """

    def environment_batch(self) -> tuple[int, str]:
        """How many environments at a time it trains on, and what they show: ``paper``, ``online`` or ``informed``."""
        return 64, self.information

    def train(
        self, environments: gymnasium.vector.VectorEnv, budget: Budget, rng: np.random.Generator, run: TrainingRun
    ) -> Weights:
        """Return the weights of the policy that was best on validation, within the budget.

        Parameters
        ----------
        environments
            Already seeded, with autoreset in the same step (``AutoresetMode.SAME_STEP``); steps beyond the budget raise.
        budget
            Whichever part of it runs out first ends the training.
        rng
            The only source of random numbers.
        run
            Progress, validation, and what a killed training goes on from.
        """
        raise TypeError(f"{type(self).__name__} has no train(environments, budget, rng, run)")

    def policy(self, weights: Weights) -> Policy:
        """Return a policy that decides with those weights; it does without the libraries that training needs."""
        raise TypeError(f"{type(self).__name__} has no policy(weights)")
