"""Finds the prices of the solver price-and-reject by CMA-ES on training seeds: ``python -m aigcbench.problems.flow.tuning``."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.evolution import EvolutionStrategy
from aigcbench.problems.flow.model import context_of
from aigcbench.problems.flow.pricing import Prices, play, price_state
from aigcbench.problems.flow.simulator import restart, single_state
from aigcbench.scenario import scenario_named

SCENARIOS = ("flow/paper", "flow/x2", "flow/x3", "flow/x4", "flow/mixed", "flow/bursty")
MIXED_LOADS = (2, 3, 4)  # drawn fleets at multiples of the paper's arrivals, besides
SEEDS = 8
GENERATIONS, POPULATION = 60, 12
SPREAD = 0.2  # of the logarithms of the prices


def training_instances() -> list[Instance]:
    """Instances of the training split, at one to four times the paper's arrivals."""
    mixed = scenario_named("flow/mixed")
    rate = mixed.parameters["flows_per_user_slot"]
    loads = [
        replace(mixed, parameters=dict(mixed.parameters) | {"flows_per_user_slot": load * rate}) for load in MIXED_LOADS
    ]
    scenarios = [scenario_named(name) for name in SCENARIOS] + loads
    return [scenario.instance(seed, "train") for scenario in scenarios for seed in range(SEEDS)]


def tune(start: Prices, generations: int, rng: np.random.Generator) -> Prices:
    """The prices with the best mean weighted completion rate over the training instances, from ``start``."""
    episodes = []
    for instance in training_instances():
        context = context_of(instance, "online")
        episodes.append((context, single_state(instance, context.observation_length)))

    def mean_score(logarithms: np.ndarray) -> float:
        prices, total = Prices(*np.exp(logarithms)), 0.0
        for context, state in episodes:
            restart(state, 0)
            play(state, price_state(context, prices), np.empty(state.arrival.shape[1], np.int64))
            total += float(state.completed_weight[0] / state.total_weight[0])
        return total / len(episodes)

    search = EvolutionStrategy(np.log(start), SPREAD, POPULATION, rng)
    for _ in range(generations):
        search.advance(mean_score)
    return Prices(*np.exp(search.mean).tolist())


if __name__ == "__main__":
    print(tune(Prices(), GENERATIONS, np.random.default_rng(0)))
