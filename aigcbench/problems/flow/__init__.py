"""Flow: scheduling of AIGC flows over gateways to one edge server (diffusion-DRL flow scheduling)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from aigcbench.instance import Instance
from aigcbench.observation import Context
from aigcbench.problems.flow import model
from aigcbench.problems.problem import Bound, Episode, Problem
from aigcbench.schema import Array, Field
from aigcbench.score import Metric

if TYPE_CHECKING:
    from aigcbench.optimization.model_file import NamedProgram


class FlowProblem:
    """The formulation `flow`; heavy modules load when they are first used."""

    name = model.NAME
    summary = model.SUMMARY
    scoring_version = 1
    metrics: tuple[Metric, ...] = model.METRICS
    parameters: tuple[Field, ...] = model.PARAMETERS
    arrays: tuple[Array, ...] = model.ARRAYS
    decisions: tuple[Array, ...] = model.DECISIONS
    action = model.ACTION
    reference_solver = "random"

    def validate_scenario(self, parameters: Mapping[str, Any], fleet: Mapping[str, Any] | None, where: str) -> None:
        from aigcbench.problems.flow import generator

        generator.validate_scenario(parameters, fleet, where)

    def generate(
        self, parameters: Mapping[str, Any], fleet: Mapping[str, Any] | None, rng: np.random.Generator
    ) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        from aigcbench.problems.flow import generator

        return generator.generate(parameters, fleet, rng)

    def validate(self, instance: Instance, where: str) -> None:
        model.validate(instance, where)

    def check(self, instance: Instance, decisions: Mapping[str, np.ndarray]) -> dict[str, float]:
        from aigcbench.problems.flow import checker

        return checker.check(instance, decisions["action"])

    def context(self, instance: Instance, information: str) -> Context:
        return model.context_of(instance, information)

    def n_requests(self, instance: Instance) -> int:
        return len(instance["flow_slot"])

    def n_agents(self, instance: Instance, information: str) -> int:
        return 1

    def prepare(self) -> None:
        from aigcbench.problems.flow import episode

        episode.warm_up()

    def episode(self, instance: Instance, information: str) -> Episode:
        from aigcbench.problems.flow.episode import FlowEpisode

        return FlowEpisode(instance, information)

    def run_compiled(
        self, instance: Instance, information: str, decide: Any, state: np.ndarray
    ) -> dict[str, np.ndarray]:
        from aigcbench.problems.flow import episode

        return episode.run_compiled(instance, information, decide, state)

    def fitness(self, instance: Instance) -> Callable[[np.ndarray], np.ndarray]:
        from aigcbench.problems.flow import simulator

        return simulator.fitness(instance)

    def simple_plans(self, instance: Instance) -> list[np.ndarray]:
        from aigcbench.problems.flow import plans

        return plans.simple_plans(instance)

    def prepare_bound(self) -> None:
        from aigcbench.problems.flow import bound

        bound.warm_up()

    def bound(self, instance: Instance, seconds: float) -> Bound:
        from aigcbench.problems.flow import bound, exhaustive

        return exhaustive.exhaustive_bound(instance) if exhaustive.is_tiny(instance) else bound.bound(instance, seconds)

    def integer_program(self, instance: Instance) -> NamedProgram:
        from aigcbench.problems.flow import named_program

        return named_program.named_program(instance)


PROBLEM: Problem = FlowProblem()
