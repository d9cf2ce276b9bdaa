"""Learning from replay: collect with many environments at once, then update from what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

import gymnasium
import numpy as np
import torch
from torch import Tensor

from aigcbench.learning import masking
from aigcbench.learning.collection import Collector, Step, spaces_of
from aigcbench.learning.names import joined, under
from aigcbench.learning.replay import NStep, Transitions, UniformReplay
from aigcbench.learning.state import LearningState, Networks
from aigcbench.learning.training import Reporter, Turn

if TYPE_CHECKING:
    from aigcbench.learning.learner import OffPolicyLearner, ReplayLearner


class Batch(NamedTuple):
    """What an update learns from: transitions, and what is allowed (B, A) bool before and after them, None for everything."""

    transitions: Transitions
    allowed: Tensor | None
    next_allowed: Tensor | None
    weights: Tensor | None = None  # (B,) importance, where transitions are not drawn alike


class Explorer(Networks, Protocol):
    """Networks that choose what to try."""

    def explore(self, observation: Tensor, allowed: Tensor | None, share: float) -> Tensor:
        """Actions (N,) to collect with, ``share`` of the training being done."""


class OffPolicyAlgorithm(Explorer, Protocol):
    """What one off-policy algorithm adds to the shared loop."""

    def update(self, batch: Batch) -> Mapping[str, Tensor]:
        """One gradient update of every network; return losses."""


class Replay(Protocol):
    """What is stored of the past."""

    def __len__(self) -> int: ...

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything that is stored, by name."""

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go back to what `arrays` gave."""


class ReplayTurns:
    """One turn: a step of every environment, then the learner's number of updates. Fulfils `training.Turns`.

    Subclasses say what is stored and how a batch is drawn from it.
    """

    def __init__(
        self,
        algorithm: Explorer,
        learner: ReplayLearner,
        environments: gymnasium.vector.VectorEnv,
        replay: Replay,
    ) -> None:
        self._explorer, self._settings, self._generator = algorithm, learner, algorithm.generator
        self._n_environments = environments.num_envs
        self._n_actions = spaces_of(environments)[1]
        self._state = LearningState(algorithm)
        self._collector = Collector(environments, learner.masked, self._generator)
        self._stored = replay
        self._reporter = Reporter(learner.updates)
        self._offset = 0.0
        self._learns = False

    def restart(self) -> None:
        self._collector.restart()
        self._reporter.restart()

    def turn(self, share: float) -> Turn:
        with torch.no_grad():
            step = self._collector.step(lambda observation, allowed: self._choose(observation, allowed, share))
        self._remember(step)
        if not self._learns and self._ready():
            self._learns = True
            self._offset = self._mean_value() if self._settings.centred else 0.0
        if not self._learns:
            return Turn(self._n_environments, 0, {})
        if self._settings.decay:
            self._state.slow_down(share)
        updates = self._settings.updates_per_turn
        losses: Mapping[str, Tensor] = {}
        for _ in range(updates):
            losses = self._update(share)
        return Turn(self._n_environments, updates, self._reporter.metrics(updates, losses, self._collector.returns))

    def weights(self) -> dict[str, np.ndarray]:
        return self._state.weights()

    def arrays(self) -> dict[str, np.ndarray]:
        own = {"offset": np.array(self._offset), "learns": np.array(self._learns)}
        return self._state.arrays() | joined({"replay": self._stored.arrays(), "values": own})

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        self._state.restore(arrays)
        self._stored.restore(under("replay", arrays))
        self._offset, self._learns = float(arrays["values.offset"]), bool(arrays["values.learns"])

    def _choose(self, observation: Tensor, allowed: Tensor | None, share: float) -> Tensor:
        if not self._learns and self._settings.warm_up:
            return masking.uniform(len(observation), self._n_actions, allowed, self._generator)
        return self._explorer.explore(observation, allowed, share)

    def _ready(self) -> bool:
        """Whether enough is stored to learn from."""
        return len(self._stored) >= max(self._settings.warm_up, 1)

    def _remember(self, step: Step) -> None:
        """Store a step of every environment."""
        raise NotImplementedError

    def _update(self, share: float) -> Mapping[str, Tensor]:
        """Draw a batch and learn from it, ``share`` of the training being done; return losses."""
        raise NotImplementedError

    def _mean_value(self) -> float:
        """The value of behaving as in the warm-up, in the mean over what is stored (the fixed point of its transitions)."""
        raise NotImplementedError


class OffPolicyTurns(ReplayTurns):
    """Turns that learn from single transitions, all drawn alike."""

    _replay: UniformReplay

    def __init__(
        self,
        algorithm: OffPolicyAlgorithm,
        learner: OffPolicyLearner,
        environments: gymnasium.vector.VectorEnv,
        replay: UniformReplay | None = None,
    ) -> None:
        n_observation = spaces_of(environments)[0]
        self._replay = UniformReplay(learner.replay, n_observation) if replay is None else replay
        super().__init__(algorithm, learner, environments, self._replay)
        self._algorithm, self._batch_size = algorithm, learner.batch
        self._n_step = NStep(learner.n_steps, learner.gamma, environments.num_envs, n_observation)

    def restart(self) -> None:
        super().restart()
        self._n_step.forget()

    def _remember(self, step: Step) -> None:
        self._replay.add(self._n_step.push(step))

    def _update(self, share: float) -> Mapping[str, Tensor]:
        return self._algorithm.update(self._batch(self._replay.sample(self._batch_size, self._generator)))

    def _batch(self, drawn: Transitions, weights: Tensor | None = None) -> Batch:
        # With values V + offset in place of V, networks need not learn what all actions have in common.
        drawn = drawn._replace(returns=drawn.returns + (drawn.discount - 1.0) * self._offset)
        allowed = self._collector.allowed
        return Batch(drawn, allowed(drawn.observation), allowed(drawn.next_observation), weights)

    def _mean_value(self) -> float:
        stored = self._replay.at(torch.arange(len(self._replay)))
        return float(stored.returns.mean() / (1.0 - stored.discount.mean()))
