"""Recorded demand that compiled policies decide again and again, for learners with a model of the queues."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aigcbench.agents import agents_of, compiled_form
from aigcbench.instance import Instance
from aigcbench.problems.offloading import episode, model
from aigcbench.problems.offloading.simulator import single_state
from aigcbench.scenario import Scenario
from aigcbench.solver import Policy

SEED_LIMIT = 2**63 - 1


class Rollouts:
    """Records what arrives in episodes of a scenario and replays it.

    What a decision costs follows from the demand by the equations of the formulation, which every operator knows; so an episode
    that was seen once can be decided anew without the environment.

    Parameters
    ----------
    scenario, split
        What is recorded.
    charge
        Told how many tasks are going to be recorded.
    """

    def __init__(self, scenario: Scenario, split: str, charge: Callable[[int], None] = lambda tasks: None) -> None:
        self._scenario, self._split, self._charge = scenario, split, charge

    def record(self, number: int, rng: np.random.Generator) -> list[Instance]:
        """So many episodes, with seeds from ``rng``."""
        recorded = []
        for _ in range(number):
            instance = self._scenario.instance(int(rng.integers(SEED_LIMIT)), self._split)
            self._charge(len(instance["task_work"]))
            recorded.append(instance)
        return recorded


def mean_delay(policy: Policy, instance: Instance, rng: np.random.Generator) -> float:
    """Mean delay (s) of an online policy that has a compiled form, each station deciding with a copy of it."""
    compiled = compiled_form(agents_of(policy, model.context_of(instance, "online"), rng))
    if compiled is None:
        raise TypeError(f"{type(policy).__name__} has no compiled form")
    decide, states = compiled
    state = single_state(instance, model.layout_of(instance).lengths["online"])
    n_tasks = len(instance["task_work"])
    delays = np.empty(n_tasks)
    episode.run(state, decide, states, np.zeros(len(states)), np.empty(n_tasks, np.int64), delays)
    return float(delays.mean())
