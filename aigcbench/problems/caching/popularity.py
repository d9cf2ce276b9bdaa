"""Popularity of the models, and caches by what models are worth."""

from __future__ import annotations

import numpy as np

from aigcbench.observation import Context
from aigcbench.problems.caching.amender import amend_cache

STATIC_SKEWNESS = 0.2  # gamma_1, which Liu et al., Section 7.2, take for a cache that never changes


def zipf(n_models: int, skewness: float) -> np.ndarray:
    """Probability that a request is for each model (float64, models), the first being the most popular (eq. 1)."""
    weight = np.arange(1.0, n_models + 1.0) ** -skewness
    return weight / weight.sum()


def cache_by_worth(worth: np.ndarray, storage: np.ndarray, storage_gb: float) -> np.ndarray:
    """Cache bits (float64, models): models in the order of ``worth``, the highest first, each if it still fits; ties to the lower index."""
    wish = np.empty(len(worth))
    wish[np.argsort(-worth, kind="stable")] = np.linspace(1.0, 0.75, len(worth))
    return amend_cache(wish, storage, storage_gb)


def static_cache(context: Context) -> np.ndarray:
    """The models that are most popular at `STATIC_SKEWNESS`, as many as fit (float64, models)."""
    storage = context["model_storage"]
    return cache_by_worth(zipf(len(storage), STATIC_SKEWNESS), storage, context["storage_gb"])
