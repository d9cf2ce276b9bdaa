"""Least recently used, with exact slots."""

import numpy as np

from aigcbench.problems.caching.exact_policy import ExactSlots
from aigcbench.problems.caching.popularity import cache_by_worth


class LruExact(ExactSlots):
    """Caches the models that were requested last, as many as fit; shares out every slot optimally."""

    name = "lru-exact"
    family = "heuristic"
    formulations = ("caching",)
    information = "informed"

    def reset(self, context, rng):
        super().reset(context, rng)
        self.last, self.slots = np.zeros(len(self.storage)), 0

    def choose_cache(self, observation):
        return cache_by_worth(self.last, self.storage, self.storage_gb)

    def allocate(self, observation):
        self.slots += 1
        self.last[observation.request.astype(np.int64)] = self.slots
        return super().allocate(observation)
