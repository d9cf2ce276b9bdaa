"""What a caching policy fills in: a cache for each frame, shares for each slot."""

from __future__ import annotations

import numpy as np

from aigcbench.observation import Context, Observation
from aigcbench.solver import Policy


class CachingPolicy(Policy):
    """A policy in two methods; `act` asks the right one and puts its answer into the action vector."""

    def choose_cache(self, observation: Observation) -> np.ndarray:
        """Return the cache bits (M,) of this frame, 0 or 1."""
        raise TypeError(f"{type(self).__name__} has no choose_cache(observation)")

    def allocate(self, observation: Observation) -> tuple[np.ndarray, np.ndarray]:
        """Return the users' bandwidth shares (U,) and step shares (U,) in this slot."""
        raise TypeError(f"{type(self).__name__} has no allocate(observation)")

    def act(self, observation: Observation) -> np.ndarray:
        """Return the action (M + 2U,) float64; the part that the decision does not read is 0."""
        models, users = len(observation.cache), len(observation.request)
        action = np.zeros(models + 2 * users)
        if observation.is_frame:
            action[:models] = self.choose_cache(observation)
        else:
            action[models : models + users], action[models + users :] = self.allocate(observation)
        return action


def hits(observation: Observation) -> np.ndarray:
    """Whether each user's requested model is cached (U,) bool, at a slot decision."""
    return observation.cache[observation.request.astype(np.int64)] > 0


def equal_shares(observation: Observation) -> tuple[np.ndarray, np.ndarray]:
    """The same bandwidth for every user, the same steps for every user whose model is cached, both used up (U,)."""
    users, hit = len(observation.request), hits(observation)
    return np.full(users, 1.0 / users), hit / max(int(hit.sum()), 1)


def joint_policy(cache_policy: CachingPolicy, slot_policy: CachingPolicy) -> CachingPolicy:
    """One policy that takes its caches from ``cache_policy`` and its shares from ``slot_policy``.

    Both are reset with the same generator, one after the other, and both get every reward; its information class is the wider one.
    """

    class JointPolicy(CachingPolicy):
        information = "informed" if "informed" in (cache_policy.information, slot_policy.information) else "online"

        def reset(self, context: Context, rng: np.random.Generator) -> None:
            cache_policy.reset(context, rng)
            slot_policy.reset(context, rng)

        def choose_cache(self, observation: Observation) -> np.ndarray:
            return cache_policy.choose_cache(observation)

        def allocate(self, observation: Observation) -> tuple[np.ndarray, np.ndarray]:
            return slot_policy.allocate(observation)

        def feedback(self, reward: float) -> None:
            cache_policy.feedback(reward)
            slot_policy.feedback(reward)

    return JointPolicy()
