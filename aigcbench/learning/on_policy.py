"""Learning from rollouts of the current policy alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

import gymnasium
import numpy as np
import torch
from torch import Tensor

from aigcbench.learning.collection import Collector, Step
from aigcbench.learning.state import LearningState, Networks
from aigcbench.learning.training import Reporter, Turn

if TYPE_CHECKING:
    from aigcbench.learning.settings import OnPolicySettings


class Rollout(NamedTuple):
    """M = L * N steps of the current policy, those of all environments side by side."""

    observation: Tensor  # (M, D) float32
    allowed: Tensor | None  # (M, A) bool
    action: Tensor  # (M,) int64
    advantage: Tensor  # (M,) float32, see `advantages`
    returns: Tensor  # (M,) float32, advantage + value


class OnPolicyAlgorithm(Networks, Protocol):
    """What one on-policy algorithm adds to the shared loop."""

    def explore(self, observation: Tensor, allowed: Tensor | None) -> Tensor:
        """Actions (N,) of the current policy."""

    def value(self, observation: Tensor) -> Tensor:
        """Values (...,) of observations (..., D)."""

    def learn(self, rollout: Rollout) -> tuple[int, Mapping[str, Tensor]]:
        """Improve on a rollout; return the number of gradient updates, and losses."""


class OnPolicyTurns:
    """One turn: a rollout of every environment, and what is learned from it. Fulfils `training.Turns`."""

    def __init__(
        self, algorithm: OnPolicyAlgorithm, settings: OnPolicySettings, environments: gymnasium.vector.VectorEnv
    ) -> None:
        self._algorithm, self._settings = algorithm, settings
        self._n_environments = environments.num_envs
        self._state = LearningState(algorithm)
        self._collector = Collector(environments, settings.masked, algorithm.generator)
        self._reporter = Reporter(settings.updates)
        self._offset: float | None = None

    def restart(self) -> None:
        self._collector.restart()
        self._reporter.restart()

    def turn(self, share: float) -> Turn:
        with torch.no_grad():
            steps = [self._collector.step(self._algorithm.explore) for _ in range(self._settings.rollout)]
            if self._offset is None:
                self._offset = self._mean_value(steps) if self._settings.centred else 0.0
            rollout = self._rollout(steps, self._offset)
        if self._settings.decay:
            self._state.slow_down(share)
        updates, losses = self._algorithm.learn(rollout)
        metrics = self._reporter.metrics(updates, losses, self._collector.returns)
        return Turn(self._n_environments * self._settings.rollout, updates, metrics)

    def weights(self) -> dict[str, np.ndarray]:
        return self._state.weights()

    def arrays(self) -> dict[str, np.ndarray]:
        return self._state.arrays() | {"offset": np.array(np.nan if self._offset is None else self._offset)}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        self._state.restore(arrays)
        offset = float(arrays["offset"])
        self._offset = None if np.isnan(offset) else offset

    def _mean_value(self, steps: list[Step]) -> float:
        """The value of the policy of these steps, in the mean (the fixed point of its transitions)."""
        reward = torch.stack([step.reward for step in steps]).mean()
        goes_on = (~torch.stack([step.terminated for step in steps])).float().mean()
        return float(reward / (1.0 - self._settings.gamma * goes_on))

    def _rollout(self, steps: list[Step], offset: float) -> Rollout:
        """The steps with their advantages, values being counted from ``offset``."""
        observation = torch.stack([step.observation for step in steps])
        value = self._algorithm.value(observation)
        next_value = self._algorithm.value(torch.stack([step.next_observation for step in steps]))
        discount = self._settings.gamma * (~torch.stack([step.terminated for step in steps])).float()
        reward = torch.stack([step.reward for step in steps]) + (discount - 1.0) * offset
        ended = torch.stack([step.ended for step in steps])
        advantage = advantages(
            reward + discount * next_value - value, ended, self._settings.gamma * self._settings.trace
        )
        allowed = None
        if steps[0].allowed is not None:
            allowed = torch.cat([step.allowed for step in steps if step.allowed is not None])
        action = torch.cat([step.action for step in steps])
        return Rollout(observation.flatten(0, 1), allowed, action, advantage.flatten(), (advantage + value).flatten())


def advantages(errors: Tensor, ended: Tensor, decay: float) -> Tensor:
    """Generalised advantage estimates (L, N): temporal-difference errors and later ones, fading by ``decay`` a step.

    Episodes that ended (L, N) bool take nothing from what comes after (Schulman et al., ICLR 2016, eq. 16).
    """
    result = torch.empty_like(errors)
    following = torch.zeros_like(errors[0])
    for step in range(len(errors) - 1, -1, -1):
        following = errors[step] + decay * (~ended[step]).float() * following
        result[step] = following
    return result
