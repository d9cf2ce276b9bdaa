"""Decides with trained networks of T2DRL: compiled forward passes, without torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aigcbench.errors import InputError
from aigcbench.learning import forward
from aigcbench.learning.decisions import network_section, network_sizes
from aigcbench.learning.schedule import step_embedding
from aigcbench.observation import Context, Observation
from aigcbench.problems.caching.amender import amend_cache, amend_shares
from aigcbench.problems.caching.policy import CachingPolicy
from aigcbench.problems.caching.two_timescale.features import LARGEST_LOGIT, Sizes, StateEncoder, by_share
from aigcbench.problems.caching.two_timescale.settings import cache_values

if TYPE_CHECKING:
    from aigcbench.problems.caching.two_timescale.settings import TwoTimescaleSettings
    from aigcbench.solver import Weights


class TwoTimescalePolicy(CachingPolicy):
    """The cache of the highest Q-value, and the shares of the actor."""

    information = "online"

    def __init__(self, settings: TwoTimescaleSettings, weights: Weights) -> None:
        self._settings = settings
        self._process, self._gain = settings.process(), settings.output_gain()
        actor = "actor.network" if self._process is None else "actor.network.network"
        self._actor = network_section(weights, actor, settings.activation)
        self._q = network_section(weights, "q", settings.activation)
        self._inputs, self._outputs = network_sizes(weights, actor)
        self._n_values = network_sizes(weights, "q")[1]

    def prepare(self) -> None:
        """Compile the forward pass."""
        forward.mlp(self._q, np.zeros((1, 1), np.float32))

    def reset(self, context: Context, rng: np.random.Generator) -> None:
        settings, sizes = self._settings, Sizes(int(context["n_users"]), int(context["n_models"]))
        self._encoder = StateEncoder(settings.state, context.layout, sizes)
        self._values = cache_values(settings.caches, sizes.models)
        embedded = self._inputs - self._encoder.n_features - (self._outputs if self._process is not None else 0)
        fits = self._outputs * self._encoder.groups == 2 * sizes.users and embedded >= 0
        if not fits or self._values.n_outputs != self._n_values:
            wrong = f"{sizes.users} users and {sizes.models} models"
            raise InputError(f"scenario {context.scenario}", wrong, "as many as in its training")
        self._rng, self._scale = rng, context.scale
        self._minimum_share = float(context["minimum_share"])
        self._storage, self._capacity = np.asarray(context["model_storage"]), float(context["storage_gb"])
        if self._process is not None:
            self._embedding = step_embedding(self._process.step, embedded)

    def choose_cache(self, observation: Observation) -> np.ndarray:
        """See `CachingPolicy`."""
        seen = self._scaled(observation)
        outputs = forward.mlp(self._q, self._encoder.frame(seen))
        bits = self._values.best(outputs, self._encoder.storage(seen), self._settings.masked)[0]
        return amend_cache(bits.astype(np.float64), self._storage, self._capacity)

    def allocate(self, observation: Observation) -> tuple[np.ndarray, np.ndarray]:
        """See `CachingPolicy`."""
        seen, users = self._scaled(observation), self._encoder.sizes.users
        features = self._encoder.slot(seen)[0]
        outputs = forward.mlp(self._actor, features) if self._process is None else self._denoised(features)
        logits = np.clip(self._gain * by_share(outputs[None], users)[0], -LARGEST_LOGIT, LARGEST_LOGIT)
        bandwidth, steps = 1.0 / (1.0 + np.exp(-logits.astype(np.float64)))
        hit = self._encoder.hits(seen)[0]
        return amend_shares(
            bandwidth, self._settings.step_range * steps, hit, self._minimum_share, self._settings.amender
        )

    def _scaled(self, observation: Observation) -> np.ndarray:
        scaled: np.ndarray = (observation.vector / self._scale).astype(np.float32)[None]
        return scaled

    def _denoised(self, features: np.ndarray) -> np.ndarray:
        """x_0 (G, O) of a fresh chain for each row of features, as `Denoiser.forward` has it."""
        process = self._process
        assert process is not None
        shape = len(features), self._outputs
        x = self._rng.standard_normal(shape, np.float32)
        for k in range(len(process)):
            step = np.broadcast_to(self._embedding[k], (len(features), self._embedding.shape[1]))
            output = np.tanh(forward.mlp(self._actor, np.concatenate([x, step, features], axis=1)))
            x = process.back(k, x, output)
            if k + 1 < len(process):
                x = x + np.float32(process.noise[k]) * self._rng.standard_normal(shape, np.float32)
        return x
