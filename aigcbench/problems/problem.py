"""The Protocol that each formulation fulfils, and the registry that finds them.

Everything that differs between formulations is behind `Problem`; nothing outside ``problems/`` asks which one it has.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

import aigcbench.problems
from aigcbench.errors import InputError, InvalidDecisions, one_line
from aigcbench.instance import Instance
from aigcbench.observation import Context
from aigcbench.schema import Array, Field
from aigcbench.score import Metric, Score
from aigcbench.solver import Decisions

if TYPE_CHECKING:
    from aigcbench.optimization.model_file import NamedProgram
    from aigcbench.problems.incident import Incident


@dataclass(frozen=True)
class Bound:
    """A proven bound on the primary score of an instance.

    Parameters
    ----------
    value
        No legal decisions can be better than this.
    method
        Name of the method that proved it.
    """

    value: float
    method: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", float(self.value))  # of numpy, it would be written otherwise into tables


class Episode(Protocol):
    """One run of a policy through an instance, stepped by the harness."""

    vector: np.ndarray
    """Observation of the current request in physical units (float64), of the length that the information class may see."""
    done: bool
    agent: int
    """Who decides the current request; 0 where there is one agent."""

    def step(self, action: np.ndarray) -> float:
        """Apply an action (dtype and shape as `Problem.action` says) and return its reward.

        Raises `InvalidDecisions` for an illegal action; the episode is then over.
        """

    def decisions(self) -> dict[str, np.ndarray]:
        """The decisions taken so far, as the checker reads them."""


class Problem(Protocol):
    """One formulation."""

    name: str
    summary: str
    scoring_version: int
    metrics: tuple[Metric, ...]
    parameters: tuple[Field, ...]
    """Scalars of an instance."""
    arrays: tuple[Array, ...]
    """Arrays of an instance."""
    decisions: tuple[Array, ...]
    """Arrays that a solver delivers; dimension names are those of the instance."""
    action: Array
    """One policy action: its dtype and dimensions, ``()`` for an index; `Context.action_shape` has the lengths."""
    reference_solver: str
    """The solver whose score is the zero of the normalised score: decisions without any thought."""

    def validate_scenario(self, parameters: Mapping[str, Any], fleet: Mapping[str, Any] | None, where: str) -> None:
        """Raise `InputError` unless a scenario's parameters and fixed fleet make sense."""

    def generate(
        self, parameters: Mapping[str, Any], fleet: Mapping[str, Any] | None, rng: np.random.Generator
    ) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Draw one instance: its scalars and arrays. ``fleet`` None means that the fleet is drawn too."""

    def validate(self, instance: Instance, where: str) -> None:
        """Raise `InputError` unless the instance is one of this formulation."""

    def check(self, instance: Instance, decisions: Mapping[str, np.ndarray]) -> dict[str, float]:
        """Compute every metric from raw decisions, or raise `InvalidDecisions`. The only judge."""

    def context(self, instance: Instance, information: str) -> Context:
        """What a policy of this information class may know before the episode."""

    def n_requests(self, instance: Instance) -> int:
        """Number of decisions that a policy takes."""

    def n_agents(self, instance: Instance, information: str) -> int:
        """Number of agents that decide; above 1, each knows only what it saw itself."""

    def prepare(self) -> None:
        """Compile what an episode needs, so that no solver's clock pays for it."""

    def episode(self, instance: Instance, information: str) -> Episode:
        """Start an episode."""

    def run_compiled(
        self, instance: Instance, information: str, decide: Any, state: np.ndarray
    ) -> dict[str, np.ndarray]:
        """Run a policy's compiled form inside the kernel; return the decisions.

        Parameters
        ----------
        decide
            From an observation vector, the reward of the agent's last decision (0.0 before the first) and its state (n,)
            to an action.
        state
            Float64, n_agents x n: each agent's own, changed in place.

        Raises
        ------
        InvalidDecisions
            For an illegal action.
        InputError
            Where the formulation's actions are no indices.
        """

    def fitness(self, instance: Instance) -> Callable[[np.ndarray], np.ndarray]:
        """A compiled function from a population (P x requests, int64 actions) to scores (P,), higher is better.

        The score is the primary metric, negative where less of it is good. Raises `InputError` where actions are no indices.
        """

    def simple_plans(self, instance: Instance) -> list[np.ndarray]:
        """What simple rules decide (each int64, requests), for a search to start from; none where actions are no indices."""

    def prepare_bound(self) -> None:
        """Compile what `bound` needs."""

    def bound(self, instance: Instance, seconds: float) -> Bound:
        """A proven bound on the primary score, within about ``seconds``."""

    def picture(self, instance: Instance, decisions: Mapping[str, np.ndarray] | None) -> Any:
        """An Altair chart of the instance, or of legal decisions on it; at most some 200 kB, and without colours of text or ground."""

    def incidents(self, instance: Instance, decisions: Mapping[str, np.ndarray]) -> list[Incident]:
        """What goes wrong in legal decisions, each kind of trouble with its worst case; none where nothing can."""

    def integer_program(self, instance: Instance) -> NamedProgram:
        """The instance as an integer program for any solver, whose optimum no primary score exceeds.

        Raises `InputError` where it would be too large to write down.
        """


@cache
def problems() -> dict[str, Problem]:
    """Every formulation by name: the packages in ``aigcbench/problems``, each with its `PROBLEM`."""
    names = [module.name for module in pkgutil.iter_modules(aigcbench.problems.__path__) if module.ispkg]
    return {name: importlib.import_module(f"aigcbench.problems.{name}").PROBLEM for name in sorted(names)}


def problem_named(name: str, where: str = "formulation") -> Problem:
    """The formulation of that name, or `InputError`."""
    if name not in problems():
        raise InputError(where, f"unknown formulation '{one_line(name, 60)}'", f"one of {', '.join(problems())}")
    return problems()[name]


def problem_of(instance: Instance) -> Problem:
    """The formulation of an instance."""
    return problem_named(instance.formulation)


def load_instance(path: Any) -> Instance:
    """Read an instance file and hold it against its formulation."""
    instance = Instance.load(path)
    problem_named(instance.formulation, str(path)).validate(instance, str(path))
    return instance


def canonical_decisions(problem: Problem, decisions: Decisions) -> dict[str, np.ndarray]:
    """Name a bare array where the formulation has only one, and hold names and dtypes against the formulation.

    Raises `InvalidDecisions`: constraint ``format``.
    """
    declared = {array.name: array for array in problem.decisions}
    if not isinstance(decisions, Mapping):
        if len(declared) != 1:
            kind = type(decisions).__name__
            raise InvalidDecisions("format", "decisions", f"a {kind}", f"a mapping with arrays {', '.join(declared)}")
        decisions = {next(iter(declared)): decisions}
    if set(decisions) != set(declared):
        given = f"arrays {', '.join(map(str, decisions))}" if decisions else "no arrays"
        raise InvalidDecisions("format", "decisions", given, f"arrays {', '.join(declared)}")
    return {name: _canonical_array(declared[name], decisions[name]) for name in declared}


def _canonical_array(declared: Array, given: Any) -> np.ndarray:
    """One decision array in its declared dtype; whole-number dtypes are widened, nothing is rounded."""
    array = np.asarray(given)
    if array.dtype.kind not in "iuf" or not np.can_cast(array.dtype, declared.dtype):
        raise InvalidDecisions("format", f"decisions.{declared.name}", f"dtype {array.dtype}", declared.dtype)
    if array.ndim != len(declared.shape):
        raise InvalidDecisions(
            "format", f"decisions.{declared.name}", f"{array.ndim} dimensions", str(len(declared.shape))
        )
    return np.ascontiguousarray(array, dtype=declared.dtype)


def score(instance: Instance, decisions: Decisions) -> Score:
    """Judge raw decisions: the one road from decisions to a score.

    Raises `InvalidDecisions` where they break a rule.
    """
    problem = problem_of(instance)
    return Score(problem.metrics, problem.check(instance, canonical_decisions(problem, decisions)))
