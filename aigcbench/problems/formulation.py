"""What formulations share: each is a package whose modules and functions have the same names, loaded when first used."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from aigcbench.instance import Instance
from aigcbench.observation import Context
from aigcbench.problems.problem import Bound, Episode
from aigcbench.schema import Array, Field
from aigcbench.score import Metric

if TYPE_CHECKING:
    from aigcbench.optimization.model_file import NamedProgram
    from aigcbench.problems.incident import Incident


class Formulation:
    """A `Problem` made of the modules of one package; a formulation overrides what it has elsewhere.

    Parameters
    ----------
    model
        The package's module ``model``: ``NAME``, ``SUMMARY``, ``METRICS``, ``PARAMETERS``, ``ARRAYS``, ``DECISIONS``,
        ``ACTION``, and ``validate``, ``context_of``, ``n_requests``.
    """

    scoring_version = 1
    reference_solver = "random"
    simulated_in = "episode"
    """Module that steps a policy through an instance: ``<Name>Episode``, ``run_compiled`` and ``warm_up``."""

    def __init__(self, model: ModuleType) -> None:
        self._model = model
        self._package = model.__name__.rpartition(".")[0]
        self.name: str = model.NAME
        self.summary: str = model.SUMMARY
        self.metrics: tuple[Metric, ...] = model.METRICS
        self.parameters: tuple[Field, ...] = model.PARAMETERS
        self.arrays: tuple[Array, ...] = model.ARRAYS
        self.decisions: tuple[Array, ...] = model.DECISIONS
        self.action: Array = model.ACTION

    def module(self, name: str) -> Any:
        """A module of the formulation's package."""
        return importlib.import_module(f"{self._package}.{name}")

    def validate_scenario(self, parameters: Mapping[str, Any], fleet: Mapping[str, Any] | None, where: str) -> None:
        self.module("generator").validate_scenario(parameters, fleet, where)

    def generate(
        self, parameters: Mapping[str, Any], fleet: Mapping[str, Any] | None, rng: np.random.Generator
    ) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        drawn: tuple[dict[str, Any], dict[str, np.ndarray]] = self.module("generator").generate(parameters, fleet, rng)
        return drawn

    def validate(self, instance: Instance, where: str) -> None:
        self._model.validate(instance, where)

    def check(self, instance: Instance, decisions: Mapping[str, np.ndarray]) -> dict[str, float]:
        given = decisions if len(self.decisions) > 1 else decisions[self.decisions[0].name]
        metrics: dict[str, float] = self.module("checker").check(instance, given)
        return metrics

    def context(self, instance: Instance, information: str) -> Context:
        context: Context = self._model.context_of(instance, information)
        return context

    def n_requests(self, instance: Instance) -> int:
        return int(self._model.n_requests(instance))

    def n_agents(self, instance: Instance, information: str) -> int:
        return 1

    def prepare(self) -> None:
        self.module(self.simulated_in).warm_up()

    def episode(self, instance: Instance, information: str) -> Episode:
        episode: Episode = getattr(self.module(self.simulated_in), f"{self.name.capitalize()}Episode")(
            instance, information
        )
        return episode

    def run_compiled(
        self, instance: Instance, information: str, decide: Any, state: np.ndarray
    ) -> dict[str, np.ndarray]:
        decisions: dict[str, np.ndarray] = self.module(self.simulated_in).run_compiled(
            instance, information, decide, state
        )
        return decisions

    def fitness(self, instance: Instance) -> Callable[[np.ndarray], np.ndarray]:
        fitness: Callable[[np.ndarray], np.ndarray] = self.module("simulator").fitness(instance)
        return fitness

    def simple_plans(self, instance: Instance) -> list[np.ndarray]:
        plans: list[np.ndarray] = self.module("greedy").simple_plans(instance)
        return plans

    def prepare_bound(self) -> None:
        self.module("bound").warm_up()

    def bound(self, instance: Instance, seconds: float) -> Bound:
        exhaustive = self.module("exhaustive")
        bound: Bound = (
            exhaustive.exhaustive_bound(instance)
            if exhaustive.is_tiny(instance)
            else self.module("bound").bound(instance, seconds)
        )
        return bound

    def picture(self, instance: Instance, decisions: Mapping[str, np.ndarray] | None) -> Any:
        return self.module("picture").picture(instance, decisions)

    def incidents(self, instance: Instance, decisions: Mapping[str, np.ndarray]) -> list[Incident]:
        incidents: list[Incident] = self.module("incidents").incidents(instance, decisions)
        return incidents

    def integer_program(self, instance: Instance) -> NamedProgram:
        program: NamedProgram = self.module("named_program").named_program(instance)
        return program
