"""Least frequently used, with exact slots."""

import numpy as np

from aigcbench.problems.caching.exact_policy import ExactSlots
from aigcbench.problems.caching.popularity import cache_by_worth


class LfuExact(ExactSlots):
    """Caches the models that were requested most often so far, as many as fit; shares out every slot optimally."""

    name = "lfu-exact"
    family = "heuristic"
    formulations = ("caching",)
    information = "informed"

    def reset(self, context, rng):
        super().reset(context, rng)
        self.count = np.zeros(len(self.storage))

    def choose_cache(self, observation):
        return cache_by_worth(self.count, self.storage, self.storage_gb)

    def allocate(self, observation):
        np.add.at(self.count, observation.request.astype(np.int64), 1.0)
        return super().allocate(observation)
