"""Static popularity caching: the cache rule of SCHRS (Liu et al., Section 7.2) with equal shares."""

import numpy as np

from aigcbench.problems.caching.amender import amend_cache
from aigcbench.problems.caching.policy import CachingPolicy, equal_shares

SKEWNESS = 0.2  # gamma_1, the paper's choice; any exponent above 0 ranks the models alike


class StaticPopular(CachingPolicy):
    """Caches the models that are most popular at gamma = 0.2, as many as fit, for ever; shares everything out equally."""

    name = "static-popular"
    family = "heuristic"
    formulations = ("caching",)
    information = "online"
    reference = "Liu et al., Two-Timescale Model Caching and Resource Allocation for Edge-Enabled AI-Generated Content Services, 7.2"

    def reset(self, context, rng):
        storage = context["model_storage"]
        popularity = np.arange(1, len(storage) + 1) ** -SKEWNESS
        self.cache = amend_cache(0.5 + 0.5 * popularity, storage, context["storage_gb"])

    def choose_cache(self, observation):
        return self.cache

    def allocate(self, observation):
        return equal_shares(observation)
