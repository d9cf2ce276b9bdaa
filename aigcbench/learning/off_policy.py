"""Learning from replay: collect with many environments at once, then update from what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

import gymnasium
import numpy as np
import torch
from torch import Tensor

from aigcbench.learning import masking
from aigcbench.learning.collection import Collector, spaces_of
from aigcbench.learning.names import joined, under
from aigcbench.learning.replay import NStep, Transitions, UniformReplay
from aigcbench.learning.state import LearningState, Networks
from aigcbench.learning.training import Reporter, Turn

if TYPE_CHECKING:
    from aigcbench.learning.learner import OffPolicyLearner


class Batch(NamedTuple):
    """What an update learns from: transitions, and what is allowed (B, A) bool before and after them, None for everything."""

    transitions: Transitions
    allowed: Tensor | None
    next_allowed: Tensor | None


class OffPolicyAlgorithm(Networks, Protocol):
    """What one off-policy algorithm adds to the shared loop."""

    def explore(self, observation: Tensor, allowed: Tensor | None, share: float) -> Tensor:
        """Actions (N,) to collect with, ``share`` of the training being done."""

    def update(self, batch: Batch) -> Mapping[str, Tensor]:
        """One gradient update of every network; return losses."""


class OffPolicyTurns:
    """One turn: a step of every environment, then the learner's number of updates. Fulfils `training.Turns`."""

    def __init__(
        self, algorithm: OffPolicyAlgorithm, learner: OffPolicyLearner, environments: gymnasium.vector.VectorEnv
    ) -> None:
        self._algorithm, self._learner, self._generator = algorithm, learner, algorithm.generator
        self._n_environments = environments.num_envs
        n_observation, self._n_actions = spaces_of(environments)
        self._state = LearningState(algorithm)
        self._collector = Collector(environments, learner.masked, self._generator)
        self._n_step = NStep(learner.n_steps, learner.gamma, environments.num_envs, n_observation)
        self._replay = UniformReplay(learner.replay, n_observation)
        self._reporter = Reporter(learner.updates)
        self._offset = 0.0
        self._learns = False

    def restart(self) -> None:
        self._collector.restart()
        self._n_step.forget()
        self._reporter.restart()

    def turn(self, share: float) -> Turn:
        with torch.no_grad():
            step = self._collector.step(lambda observation, allowed: self._choose(observation, allowed, share))
        self._replay.add(self._n_step.push(step))
        if not self._learns and len(self._replay) >= max(self._learner.warm_up, 1):
            self._learns = True
            self._offset = self._mean_value() if self._learner.centred else 0.0
        if not self._learns:
            return Turn(self._n_environments, 0, {})
        if self._learner.decay:
            self._state.slow_down(share)
        updates = self._learner.updates_per_turn
        losses: Mapping[str, Tensor] = {}
        for _ in range(updates):
            losses = self._algorithm.update(self._batch())
        return Turn(self._n_environments, updates, self._reporter.metrics(updates, losses, self._collector.returns))

    def weights(self) -> dict[str, np.ndarray]:
        return self._state.weights()

    def arrays(self) -> dict[str, np.ndarray]:
        own = {"offset": np.array(self._offset), "learns": np.array(self._learns)}
        return self._state.arrays() | joined({"replay": self._replay.arrays(), "values": own})

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        self._state.restore(arrays)
        self._replay.restore(under("replay", arrays))
        self._offset, self._learns = float(arrays["values.offset"]), bool(arrays["values.learns"])

    def _choose(self, observation: Tensor, allowed: Tensor | None, share: float) -> Tensor:
        if not self._learns and self._learner.warm_up:
            return masking.uniform(len(observation), self._n_actions, allowed, self._generator)
        return self._algorithm.explore(observation, allowed, share)

    def _batch(self) -> Batch:
        drawn = self._replay.sample(self._learner.batch, self._generator)
        # With values V + offset in place of V, networks need not learn what all actions have in common.
        drawn = drawn._replace(returns=drawn.returns + (drawn.discount - 1.0) * self._offset)
        allowed = self._collector.allowed
        return Batch(drawn, allowed(drawn.observation), allowed(drawn.next_observation))

    def _mean_value(self) -> float:
        """The value of behaving as in the warm-up, in the mean over what is stored (the fixed point of its transitions)."""
        stored = self._replay.at(torch.arange(len(self._replay)))
        return float(stored.returns.mean() / (1.0 - stored.discount.mean()))
