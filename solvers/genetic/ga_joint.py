"""Caches and shares together by a real-coded genetic algorithm on DEAP."""

from __future__ import annotations

import numpy as np

from aigcbench.instance import Instance
from aigcbench.solver import Decisions, Incumbent, Limits, Planner, parameter

WALL_SHARE = 0.9  # of the wall limit: a generation may take a while


class GaJoint(Planner):
    """Evolves each frame's cache together with the shares of all its slots; half the first population has random caches and equal shares."""

    name = "ga-joint"
    family = "genetic"
    formulations = ("caching",)

    population: int = parameter(50, "individuals", minimum=2, maximum=100_000)
    generations: int = parameter(300, "generations in each frame, unless time runs out first", minimum=0)
    mutations: float = parameter(5.0, "mean number of mutations in a child", minimum=0)

    def prepare(self) -> None:
        import deap.tools  # noqa: F401

        from aigcbench.scenario import scenario_named

        tiny = scenario_named("caching/tiny").instance(0, "train")
        type(self)(generations=1).plan(tiny, Limits(), np.random.default_rng(0), lambda *_: None)

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        from aigcbench.optimization.deadline import Deadline
        from aigcbench.optimization.real_genetic import RealSettings, evolve_real
        from aigcbench.problems.caching.amender import amend_cache, amend_shares
        from aigcbench.problems.caching.frame_plans import FramePlans
        from aigcbench.problems.caching.model import sizes_of
        from aigcbench.problems.caching.popularity import cache_by_worth
        from aigcbench.problems.caching.population import population_costs
        from aigcbench.problems.caching.simulator import single_state

        deadline = Deadline(WALL_SHARE * limits.wall_seconds)
        plans, state = FramePlans(instance, incumbent), single_state(instance, 0)
        frames, slots, users, models = sizes_of(instance)
        storage, capacity = instance["model_storage"], instance.parameters["storage_gb"]
        settings = RealSettings(self.population, self.generations, mutations=self.mutations)
        equal = np.tile(
            np.repeat([0.5, 0.0], slots * users), (self.population // 2, 1)
        )  # no steps: few are worth their time
        for frame in range(frames):
            request = instance["request"][frame]

            def decoded(genes, request=request):
                """Cache (P, M), bandwidth and steps (P, K, U) of genes (P, M + 2KU)."""
                cache = amend_cache(genes[:, :models], storage, capacity)
                bandwidth, steps = np.moveaxis(genes[:, models:].reshape(-1, 2, slots, users), 1, 0)
                least = instance.parameters["minimum_share"]
                return cache, *amend_shares(bandwidth, steps, cache[:, request] > 0, least, "ours")

            def cost(genes, frame=frame):
                cache, bandwidth, steps = decoded(genes)
                return population_costs(state, frame, cache, bandwidth, steps)

            starts = np.concatenate([rng.random((self.population // 2, models)), equal], axis=1)
            count = np.bincount(request.ravel(), minlength=models)
            starts[0, :models] = 0.25 + 0.5 * cache_by_worth(count, storage, capacity)
            share = Deadline(deadline.left / (frames - frame))
            best, value = evolve_real(cost, starts.shape[1], settings, list(starts), rng, share)
            plans.offer(frame, value, *(part[0] for part in decoded(best[None])))
        plans.report()
        return plans.decisions
