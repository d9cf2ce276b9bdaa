"""Static popularity caching: the cache rule of SCHRS (Liu et al., Section 7.2) with equal shares."""

from aigcbench.problems.caching.policy import CachingPolicy, equal_shares
from aigcbench.problems.caching.popularity import static_cache


class StaticPopular(CachingPolicy):
    """Caches the models that are most popular at gamma = 0.2, as many as fit, for ever; shares everything out equally."""

    name = "static-popular"
    family = "heuristic"
    formulations = ("caching",)
    information = "online"
    reference = "Liu et al., Two-Timescale Model Caching and Resource Allocation for Edge-Enabled AI-Generated Content Services, 7.2"

    def reset(self, context, rng):
        self.cache = static_cache(context)

    def choose_cache(self, observation):
        return self.cache

    def allocate(self, observation):
        return equal_shares(observation)
