"""Steps batched environments and tells what happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import gymnasium
import numpy as np
import torch
from torch import Tensor

from aigcbench.errors import InputError

SEED_LIMIT = 2**31

Choose = Callable[[Tensor, Tensor | None], Tensor]
"""From observations (N, D) and what is allowed (N, A), None for everything, to actions (N,) int64."""


class Step(NamedTuple):
    """One step of N environments."""

    observation: Tensor  # (N, D) float32
    allowed: Tensor | None  # (N, A) bool
    action: Tensor  # (N,) int64
    reward: Tensor  # (N,) float32
    next_observation: Tensor  # (N, D), the terminal one where the episode ended
    terminated: Tensor  # (N,) bool
    ended: Tensor  # (N,) bool, terminated or truncated


class Collector:
    """Keeps the current observations of N environments and steps them.

    Parameters
    ----------
    environments
        With discrete actions and autoreset in the same step; where they have ``action_mask(observations)`` and ``masked`` is
        True, actions are chosen among those allowed.
    generator
        Seeds the environments at each `restart`.

    Attributes
    ----------
    returns
        Undiscounted returns of the episodes that ended since this list was last cleared.
    """

    def __init__(self, environments: gymnasium.vector.VectorEnv, masked: bool, generator: torch.Generator) -> None:
        self._environments, self._generator = environments, generator
        self._mask: Callable[[np.ndarray], np.ndarray] | None = None
        if masked:
            self._mask = getattr(environments.unwrapped, "action_mask", None)
        self.returns: list[float] = []

    def restart(self) -> None:
        """Seed all environments anew, so that what follows depends on the generator alone."""
        seed = int(torch.randint(SEED_LIMIT, (1,), generator=self._generator))
        observation, _ = self._environments.reset(seed=seed)
        self._observation = torch.from_numpy(np.asarray(observation, dtype=np.float32))
        self._running_returns = np.zeros(self._environments.num_envs)
        self.returns.clear()

    def allowed(self, observation: Tensor) -> Tensor | None:
        """What is allowed (M, A) bool under observations (M, D), None for everything."""
        return None if self._mask is None else torch.from_numpy(self._mask(observation.numpy()))

    def step(self, choose: Choose) -> Step:
        """Let ``choose`` act once in every environment."""
        observation = self._observation
        allowed = self.allowed(observation)
        action = choose(observation, allowed)
        arrived, reward, terminated, truncated, infos = self._environments.step(action.numpy())
        following = torch.from_numpy(np.asarray(arrived, dtype=np.float32))
        ended = terminated | truncated
        final = _with_final(following, infos, ended)
        self._running_returns += reward
        if ended.any():
            self.returns.extend(self._running_returns[ended].tolist())
            self._running_returns[ended] = 0.0
        self._observation = following
        flags = (torch.from_numpy(flag) for flag in (terminated, ended))
        return Step(observation, allowed, action, torch.from_numpy(reward.astype(np.float32)), final, *flags)


def spaces_of(environments: gymnasium.vector.VectorEnv) -> tuple[int, int]:
    """Length of an observation and number of actions; `InputError` unless they are a vector and a choice."""
    observation, action = environments.single_observation_space, environments.single_action_space
    if not isinstance(observation, gymnasium.spaces.Box) or len(observation.shape) != 1:
        raise InputError("environments", f"observations {observation}", "a vector")
    if not isinstance(action, gymnasium.spaces.Discrete):
        raise InputError("environments", f"actions {action}", "one of several, by its index")
    return observation.shape[0], int(action.n)


def _with_final(following: Tensor, infos: dict[str, Any], ended: np.ndarray) -> Tensor:
    """The observations with the terminal ones in the rows whose episode ended."""
    if not ended.any():
        return following
    final = following.clone()
    for n in np.flatnonzero(ended):
        final[n] = torch.from_numpy(np.asarray(infos["final_obs"][n], dtype=np.float32))
    return final
