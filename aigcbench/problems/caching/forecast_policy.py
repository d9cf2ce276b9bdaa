"""Frame by frame the best cache for forecast requests, slot by slot the exact optimum, for policies that know or believe how models generate."""

from __future__ import annotations

import math

import numpy as np

from aigcbench.observation import Context, Observation
from aigcbench.problems.caching.exact_policy import ExactSlots
from aigcbench.problems.caching.forecast import Forecast
from aigcbench.problems.caching.frame.search import SearchLimits
from aigcbench.problems.caching.frame.solver import optimal_frame
from aigcbench.solver import parameter

SAMPLED_REQUESTS = 1000
LIMITS = SearchLimits(nodes=10_000, caches=20, slot_nodes=1000)


class ForecastExact(ExactSlots):
    """Caches what is optimal on average for sampled requests (Zipf at gamma, gains of the past); shares out every slot optimally."""

    sampled_requests: int = parameter(
        SAMPLED_REQUESTS, "requests of the sampled slots on which a cache is chosen", minimum=1
    )

    def reset(self, context: Context, rng: np.random.Generator) -> None:
        super().reset(context, rng)
        self.forecast = Forecast(context, math.ceil(self.sampled_requests / context["n_users"]), rng)

    def choose_cache(self, observation: Observation) -> np.ndarray:
        """The best cache of the forecast (int64, models)."""
        terms = self.forecast.terms(float(observation.skewness))
        return optimal_frame(terms, 0, self.storage, self.storage_gb, LIMITS).cache

    def allocate(self, observation: Observation) -> tuple[np.ndarray, np.ndarray]:
        """See `ExactSlots`."""
        self.forecast.remember(observation)
        return super().allocate(observation)
