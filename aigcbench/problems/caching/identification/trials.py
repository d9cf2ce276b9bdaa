"""Slots played at random, with everything that an operator knows of them: what their requests' radio links took, and their cost."""

from __future__ import annotations

from typing import NamedTuple

import gymnasium
import numpy as np

from aigcbench.observation import Context
from aigcbench.problems.caching.amender import amend_cache, amend_shares
from aigcbench.problems.caching.slot.terms import terms_from

SEED_LIMIT = 2**31
MOST_STEPS = 1.2  # of the largest A3: trials go a little beyond
NO_STEPS = 0.3  # share of requests without any


class Trials(NamedTuple):
    """S slots of U users."""

    request: np.ndarray  # (S, U) int64
    hit: np.ndarray  # (S, U) bool
    steps: np.ndarray  # (S, U) denoising steps at the edge
    transfer: np.ndarray  # (S, U) s, over the air and, where not cached, to the cloud and back
    cost: np.ndarray  # (S,) mean over the users


def play_trials(
    environments: gymnasium.vector.VectorEnv, context: Context, slots: int, rng: np.random.Generator
) -> Trials:
    """Play at least ``slots`` slots with random caches and shares.

    Parameters
    ----------
    environments
        Of caching, with online observations and the amender ``ours``.
    context
        What an operator knows of their scenario.
    """
    layout, models, users = context.layout, int(context["n_models"]), int(context["n_users"])
    observations, _ = environments.reset(seed=int(rng.integers(SEED_LIMIT)))
    played: list[Trials] = []
    while len(played) * environments.num_envs < slots:
        seen = observations * context.scale
        action = np.zeros((len(seen), models + 2 * users), np.float32)
        at_frame = layout["is_frame"].of(seen)[0] > 0
        if at_frame:
            wishes = 0.5 + 0.5 * rng.random((len(seen), models))
            action[:, :models] = amend_cache(wishes, context["model_storage"], context["storage_gb"])
        else:
            action[:, models:] = _random_shares(context, len(seen), rng)
        observations, rewards, _, _, _ = environments.step(action)
        if not at_frame:
            played.append(_trials(context, seen, action[:, models:], -rewards))
    return Trials(*(np.concatenate(parts) for parts in zip(*played, strict=True)))


def _random_shares(context: Context, n: int, rng: np.random.Generator) -> np.ndarray:
    """Unequal bandwidths, and steps from none to beyond the largest A3 (n, 2U) in [0, 1]."""
    shape = n, int(context["n_users"])
    bandwidth = np.exp(rng.standard_normal(shape))
    most = MOST_STEPS * float(context["max_steps"]) / max(float(context["total_steps"]), 1.0)
    steps = np.where(rng.random(shape) < NO_STEPS, 0.0, most * rng.random(shape))
    return np.concatenate([bandwidth / bandwidth.sum(axis=1, keepdims=True), np.minimum(steps, 1.0)], axis=1)


def _trials(context: Context, seen: np.ndarray, shares: np.ndarray, cost: np.ndarray) -> Trials:
    """What one step of all environments says."""
    request, size, output, gain, hit = (
        context.layout[name].of(seen) for name in ("request", "input_size", "output_size", "gain", "hit")
    )
    request, hit, users = np.rint(request).astype(np.int64), hit > 0.5, request.shape[1]
    bandwidth, steps = amend_shares(shares[:, :users], shares[:, users:], hit, context["minimum_share"], "ours")
    unknown = np.zeros((int(context["n_models"]), 6))
    terms = terms_from(context.parameters, unknown, *(array[None] for array in (request, size, output, gain)))
    ratio = terms.snr[0] / bandwidth
    transfer = terms.limit[0] * ratio / np.log1p(ratio) + terms.download[0] + np.where(hit, 0.0, terms.backhaul[0])
    return Trials(request, hit, steps * float(context["total_steps"]), transfer, cost)
