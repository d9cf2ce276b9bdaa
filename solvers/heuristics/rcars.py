"""RCARS: randomised caching and average resource allocation (Liu et al., Section 7.2)."""

import numpy as np

from aigcbench.problems.caching.policy import CachingPolicy, equal_shares


class Rcars(CachingPolicy):
    """Caches models in random order until no further one fits; bandwidth and steps are shared out equally."""

    name = "rcars"
    family = "heuristic"
    formulations = ("caching",)
    information = "online"
    reference = "Liu et al., Two-Timescale Model Caching and Resource Allocation for Edge-Enabled AI-Generated Content Services, 7.2"

    def reset(self, context, rng):
        self.rng, self.storage, self.room = rng, context["model_storage"], context["storage_gb"]

    def choose_cache(self, observation):
        cache, room = np.zeros(len(self.storage)), self.room
        for model in self.rng.permutation(len(self.storage)):
            if self.storage[model] <= room:
                cache[model] = 1
                room -= self.storage[model]
        return cache

    def allocate(self, observation):
        return equal_shares(observation)
