"""Recorded demand, for learners that know what a decision leads to and need not try it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.problem import problem_named
from aigcbench.scenario import Scenario

SEED_LIMIT = 2**63 - 1


class Rollouts:
    """Records what arrives in episodes of a scenario.

    Only for formulations in which what a decision leads to follows from the demand and what every operator knows, by the
    equations of the formulation: an episode that was seen once can then be decided anew without the environment.

    Parameters
    ----------
    scenario, split
        What is recorded.
    charge
        Told how many requests are going to be recorded.
    """

    def __init__(self, scenario: Scenario, split: str, charge: Callable[[int], None] = lambda requests: None) -> None:
        self._scenario, self._split, self._charge = scenario, split, charge

    def record(self, number: int, rng: np.random.Generator) -> list[Instance]:
        """So many episodes, with seeds from ``rng``."""
        problem, recorded = problem_named(self._scenario.formulation), []
        for _ in range(number):
            instance = self._scenario.instance(int(rng.integers(SEED_LIMIT)), self._split)
            self._charge(problem.n_requests(instance))
            recorded.append(instance)
        return recorded
