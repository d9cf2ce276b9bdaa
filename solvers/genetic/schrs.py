"""SCHRS: static caching and heuristic-based resource allocation (Liu et al., Section 7.2)."""

import math

import numpy as np

from aigcbench.problems.caching.amender import amend_shares
from aigcbench.problems.caching.policy import CachingPolicy, hits
from aigcbench.problems.caching.popularity import static_cache
from aigcbench.solver import parameter


class Schrs(CachingPolicy):
    """Caches the most popular models for ever; a real-coded genetic algorithm shares out each slot.

    The paper states neither sizes nor rates of its algorithm; the defaults are DEAP's usual ones.
    """

    name = "schrs"
    family = "genetic"
    formulations = ("caching",)
    information = "informed"
    reference = "Liu et al., Two-Timescale Model Caching and Resource Allocation for Edge-Enabled AI-Generated Content Services, 7.2"

    population: int = parameter(50, "individuals", minimum=2, maximum=100_000)
    generations: int = parameter(100, "generations after the first", minimum=0)
    amender: str = parameter("paper", "how genes become shares; paper uses up all steps", choices=("paper", "ours"))

    def prepare(self):
        import deap.tools  # noqa: F401

        from aigcbench.problems.caching.population import warm_up

        warm_up()

    def reset(self, context, rng):
        from aigcbench.optimization.real_genetic import RealSettings
        from aigcbench.problems.caching.population import observed_slot

        self.context, self.rng = context, rng
        self.cache, self.state = static_cache(context), observed_slot(context)
        self.settings = RealSettings(self.population, self.generations)

    def choose_cache(self, observation):
        return self.cache

    def allocate(self, observation):
        from aigcbench.optimization.deadline import Deadline
        from aigcbench.optimization.real_genetic import evolve_real
        from aigcbench.problems.caching.population import load_slot, population_costs

        load_slot(self.state, self.context, observation)
        users, hit, cache = len(observation.request), hits(observation), observation.cache.copy()

        def shares(genes):
            bandwidth, steps = genes[..., :users], genes[..., users:]
            return amend_shares(bandwidth, steps, hit, self.context["minimum_share"], self.amender)

        def cost(genes):
            bandwidth, steps = shares(genes)
            caches = np.tile(cache, (len(genes), 1))
            return population_costs(self.state, 0, caches, bandwidth[:, None], steps[:, None])

        best, _ = evolve_real(cost, 2 * users, self.settings, [], self.rng, Deadline(math.inf))
        return shares(best)
