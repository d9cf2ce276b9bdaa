"""The two levels of caching as environments of their own: caches with given shares, shares with given caches.

`FrameEnv` and `SlotEnv` split an episode between a learner and a given policy; what two learners have learnt is put together again
by `aigcbench.problems.caching.policy.joint_policy`.
"""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium.error import ResetNeeded
from gymnasium.spaces import Box

from aigcbench.errors import InputError
from aigcbench.observation import Observation
from aigcbench.problems.caching import model
from aigcbench.problems.caching.amender import amend_cache, amend_shares, validate_amender
from aigcbench.problems.caching.episode import CachingEpisode
from aigcbench.problems.caching.policy import CachingPolicy, hits
from aigcbench.problems.caching.slots import CachingSlots
from aigcbench.problems.environment import refuse_options
from aigcbench.problems.problem import score

OVERFULL_PENALTY = 100.0  # Xi of Table 2


class _LevelEnv(gymnasium.Env[np.ndarray, np.ndarray]):
    """One level of an episode; the other one is decided by ``policy``."""

    metadata: dict[str, Any] = {"render_modes": []}

    def __init__(self, policy: CachingPolicy, scenario: str, observation: str, split: str, amender: str) -> None:
        validate_amender(amender)
        self._policy, self._amender, self._split = policy, amender, split
        rows = CachingSlots(scenario, observation, split, 1)  # which refuses what is not for learners
        self._scenario, self._layout, self._length = rows.scenario, rows.context.layout, rows.length
        self._instance = rows.template
        _, self._slots, self._users, self._models = model.sizes_of(rows.template)
        self.observation_space = rows.observation_space
        self._episode: CachingEpisode | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Draw the next instance; ``seed`` restarts the sequence of instances."""
        super().reset(seed=seed)
        refuse_options(options)
        self._instance = self._scenario.instance(int(self.np_random.integers(2**63 - 1)), self._split)
        self._scale = model.scale_of(self._instance, self._layout)[: self._length]
        self._episode = CachingEpisode(self._instance, "informed")
        context = model.context_of(self._instance, self._policy.information)
        self._policy.reset(context, self.np_random)
        self._policy_view = Observation(self._episode.vector[: context.observation_length], self._layout)
        self._view = Observation(self._episode.vector, self._layout)
        self._start()
        return self._observation(), {}

    def _start(self) -> None:
        """Play what comes before the learner's first decision."""

    def _running(self) -> CachingEpisode:
        if self._episode is None or self._episode.done:
            raise ResetNeeded("reset() comes before step(), and again after an episode has ended")
        return self._episode

    def _let_policy_act(self, episode: CachingEpisode) -> float:
        """Let the given policy take one decision; return its reward."""
        reward = episode.step(self._policy.act(self._policy_view))
        self._policy.feedback(reward)
        return reward

    def _observation(self) -> np.ndarray:
        assert self._episode is not None
        return (self._episode.vector[: self._length] / self._scale).astype(np.float32)

    def _outcome(self, episode: CachingEpisode) -> dict[str, Any]:
        if not episode.done:
            return {}
        judged = score(self._instance, episode.decisions())
        wanted = ("cost", "deadline_miss_rate", "hit_ratio")
        return {name: judged[name] for name in wanted} | {"instance": self._instance.name}

    def _numbers(self, action: np.ndarray) -> np.ndarray:
        """The action in float64; `InputError` where it is not of the space."""
        assert self.action_space.shape is not None
        numbers = np.asarray(action, np.float64)
        inside = numbers.shape == self.action_space.shape and bool(((numbers >= 0) & (numbers <= 1)).all())
        if not inside and (self._amender != "none" or numbers.shape != self.action_space.shape):
            raise InputError("action", f"shape {numbers.shape}", f"{self.action_space.shape[0]} numbers in [0, 1]")
        return numbers


class FrameEnv(_LevelEnv):
    """Caching seen by whoever decides the caches: one step is a frame, its slots are played by a given policy.

    Parameters
    ----------
    slot_policy
        Allocates every slot.
    scenario, observation, split, amender
        As for `CachingEnv`.
    overfull_penalty
        Xi (eq. 32), subtracted from the reward where the wished cache does not fit and is amended; the paper's is
        `OVERFULL_PENALTY`.

    Notes
    -----
    **Observation**: that of `CachingEnv` at a frame decision. **Action**: `Box`, float32, [0, 1], shape ``(M,)``: a wish above
    1/2 caches the model (see `amender.amend_cache`). **Reward**: mean of the frame's slot rewards, minus the penalty (eq. 32,
    whose first minus sign would reward cost and is read as a plus). **Termination** and ``info``: as `CachingEnv`, after F steps.
    """

    def __init__(
        self,
        slot_policy: CachingPolicy,
        scenario: str = "caching/paper",
        observation: str = "paper",
        split: str = "train",
        amender: str = "ours",
        overfull_penalty: float = 0.0,
    ) -> None:
        super().__init__(slot_policy, scenario, observation, split, amender)
        self._overfull_penalty = overfull_penalty
        self.action_space = Box(0.0, 1.0, (self._models,), np.float32)

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Cache for one frame and let its slots be played."""
        episode, wishes = self._running(), self._numbers(action)
        bits, penalty = wishes, 0.0
        if self._amender != "none":
            storage_gb = float(self._instance.parameters["storage_gb"])
            bits = amend_cache(wishes, self._instance["model_storage"], storage_gb)
            penalty = self._overfull_penalty * bool(((wishes > 0.5) != (bits > 0)).any())
        episode.step(np.concatenate([bits, np.zeros(2 * self._users)]))
        reward = sum(self._let_policy_act(episode) for _ in range(self._slots)) / self._slots - penalty
        return self._observation(), reward, episode.done, False, self._outcome(episode)


class SlotEnv(_LevelEnv):
    """Caching seen by whoever shares out bandwidth and steps: one step is a slot, caches are chosen by a given policy.

    Parameters
    ----------
    cache_policy
        Chooses every cache.
    scenario, observation, split, amender
        As for `CachingEnv`.

    Notes
    -----
    **Observation**: that of `CachingEnv` at a slot decision. **Action**: `Box`, float32, [0, 1], shape ``(2U,)``: bandwidth and
    step shares (see `amender.amend_shares`). **Reward**: that of the slot (eq. 23). **Termination** and ``info``: as
    `CachingEnv`, after F K steps.
    """

    def __init__(
        self,
        cache_policy: CachingPolicy,
        scenario: str = "caching/paper",
        observation: str = "paper",
        split: str = "train",
        amender: str = "ours",
    ) -> None:
        super().__init__(cache_policy, scenario, observation, split, amender)
        self.action_space = Box(0.0, 1.0, (2 * self._users,), np.float32)

    def _start(self) -> None:
        self._let_policy_act(self._running())

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Share out one slot; where it ends its frame, let the next frame's cache be chosen."""
        episode, numbers = self._running(), self._numbers(action)
        least = float(self._instance.parameters["minimum_share"])
        bandwidth, steps = amend_shares(
            numbers[: self._users], numbers[self._users :], hits(self._view), least, self._amender
        )
        reward = episode.step(np.concatenate([np.zeros(self._models), bandwidth, steps]))
        if not episode.done and self._view.is_frame:
            self._let_policy_act(episode)
        return self._observation(), reward, episode.done, False, self._outcome(episode)
