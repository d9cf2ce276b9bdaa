"""Exact slots for policies that know how the models generate: what differs between them is the cache."""

from __future__ import annotations

import numpy as np

from aigcbench.observation import Context, Observation
from aigcbench.problems.caching.episode import CachingEpisode
from aigcbench.problems.caching.model import context_of
from aigcbench.problems.caching.policy import CachingPolicy
from aigcbench.problems.caching.slot.solver import solve_slot
from aigcbench.problems.caching.slot.terms import terms_from
from aigcbench.scenario import scenario_named

SLOT_NODES = 10_000  # of the search of a slot; a few are enough at paper size


class ExactSlots(CachingPolicy):
    """A policy whose slots are solved to their proven optimum; `choose_cache` is left to fill in."""

    def prepare(self) -> None:
        """Decide a frame and a slot of a tiny instance, so that everything is compiled for exactly these types."""
        tiny = scenario_named("caching/tiny").instance(0, "train")
        context, episode = context_of(tiny, self.information), CachingEpisode(tiny, self.information)
        self.reset(context, np.random.default_rng(0))
        for _ in range(2):
            episode.step(self.act(Observation(episode.vector, context.layout)))

    def reset(self, context: Context, rng: np.random.Generator) -> None:
        self.parameters = context.parameters
        self.storage, self.storage_gb = np.array(context["model_storage"]), context["storage_gb"]
        self.models = np.hstack([context["model_quality"], context["model_time"]])

    def allocate(self, observation: Observation) -> tuple[np.ndarray, np.ndarray]:
        """The optimal bandwidth and step shares (float64, users)."""
        seen = observation.request, observation.input_size, observation.output_size, observation.gain
        terms = terms_from(self.parameters, self.models, *(entries[None, None] for entries in seen))
        bandwidth, steps = np.empty((2, len(observation.request)))
        solve_slot(terms, 0, 0, observation.cache.astype(np.int64), SLOT_NODES, bandwidth, steps)
        return bandwidth, steps
