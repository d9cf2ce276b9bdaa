"""Caching: two-timescale model caching and resource allocation (T2DRL)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from aigcbench.errors import InputError
from aigcbench.instance import Instance
from aigcbench.problems.caching import model
from aigcbench.problems.formulation import Formulation
from aigcbench.problems.problem import Bound, Problem


class CachingProblem(Formulation):
    """The formulation `caching`: its actions are vectors, which nothing that counts actions can handle."""

    reference_solver = "rcars"

    def prepare(self) -> None:
        self.module("simulator").warm_up()

    def run_compiled(
        self, instance: Instance, information: str, decide: Any, state: np.ndarray
    ) -> dict[str, np.ndarray]:
        raise InputError("caching", "a compiled policy", "a policy with act(): its actions are vectors")

    def fitness(self, instance: Instance) -> Callable[[np.ndarray], np.ndarray]:
        raise InputError("caching", "a population of whole-number actions", "another solver: its actions are vectors")

    def simple_plans(self, instance: Instance) -> list[np.ndarray]:
        return []

    def bound(self, instance: Instance, seconds: float) -> Bound:
        bound: Bound = self.module("bound").bound(instance, seconds)
        return bound


PROBLEM: Problem = CachingProblem(model)
