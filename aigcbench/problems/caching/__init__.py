"""Caching: two-timescale model caching and resource allocation (T2DRL)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from aigcbench.errors import InputError
from aigcbench.instance import Instance
from aigcbench.observation import Context
from aigcbench.problems.caching import model
from aigcbench.problems.problem import Bound, Episode, Problem
from aigcbench.schema import Array, Field
from aigcbench.score import Metric

if TYPE_CHECKING:
    from aigcbench.optimization.model_file import NamedProgram


class CachingProblem:
    """The formulation `caching`; heavy modules load when they are first used."""

    name = model.NAME
    summary = model.SUMMARY
    scoring_version = 1
    metrics: tuple[Metric, ...] = model.METRICS
    parameters: tuple[Field, ...] = model.PARAMETERS
    arrays: tuple[Array, ...] = model.ARRAYS
    decisions: tuple[Array, ...] = model.DECISIONS
    action = model.ACTION
    reference_solver = "rcars"

    def validate_scenario(self, parameters: Mapping[str, Any], fleet: Mapping[str, Any] | None, where: str) -> None:
        from aigcbench.problems.caching import generator

        generator.validate_scenario(parameters, fleet, where)

    def generate(
        self, parameters: Mapping[str, Any], fleet: Mapping[str, Any] | None, rng: np.random.Generator
    ) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        from aigcbench.problems.caching import generator

        return generator.generate(parameters, fleet, rng)

    def validate(self, instance: Instance, where: str) -> None:
        model.validate(instance, where)

    def check(self, instance: Instance, decisions: Mapping[str, np.ndarray]) -> dict[str, float]:
        from aigcbench.problems.caching import checker

        return checker.check(instance, decisions)

    def context(self, instance: Instance, information: str) -> Context:
        return model.context_of(instance, information)

    def n_requests(self, instance: Instance) -> int:
        frames, slots, _, _ = model.sizes_of(instance)
        return frames * (slots + 1)

    def n_agents(self, instance: Instance, information: str) -> int:
        return 1

    def prepare(self) -> None:
        from aigcbench.problems.caching import simulator

        simulator.warm_up()

    def episode(self, instance: Instance, information: str) -> Episode:
        from aigcbench.problems.caching.episode import CachingEpisode

        return CachingEpisode(instance, information)

    def run_compiled(
        self, instance: Instance, information: str, decide: Any, state: np.ndarray
    ) -> dict[str, np.ndarray]:
        raise InputError("caching", "a compiled policy", "a policy with act(): its actions are vectors")

    def fitness(self, instance: Instance) -> Callable[[np.ndarray], np.ndarray]:
        raise InputError("caching", "a population of whole-number actions", "another solver: its actions are vectors")

    def simple_plans(self, instance: Instance) -> list[np.ndarray]:
        return []  # its actions are vectors

    def prepare_bound(self) -> None:
        from aigcbench.problems.caching import bound

        bound.warm_up()

    def bound(self, instance: Instance, seconds: float) -> Bound:
        from aigcbench.problems.caching import bound

        return bound.bound(instance, seconds)

    def integer_program(self, instance: Instance) -> NamedProgram:
        from aigcbench.problems.caching import named_program

        return named_program.named_program(instance)


PROBLEM: Problem = CachingProblem()
