"""Learning from replay: collect with many environments at once, then update from what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

import gymnasium
import torch
from torch import Tensor

from aigcbench.learning import masking
from aigcbench.learning.collection import Collector, Step, spaces_of
from aigcbench.learning.replay import NStep, Transitions, UniformReplay
from aigcbench.learning.state import Networks
from aigcbench.learning.stored_turns import Store, StoredTurns

if TYPE_CHECKING:
    from aigcbench.learning.settings import OffPolicySettings, ReplaySettings


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


class Replay(Store, Protocol):
    """What is stored of the past, and how much."""

    def __len__(self) -> int: ...


class ReplayTurns(StoredTurns):
    """One turn: a step of every environment, then the learner's number of updates. Fulfils `training.Turns`.

    Subclasses say what is stored and how a batch is drawn from it.
    """

    def __init__(
        self,
        algorithm: Explorer,
        settings: ReplaySettings,
        environments: gymnasium.vector.VectorEnv,
        replay: Replay,
    ) -> None:
        self._collector = Collector(environments, settings.masked, algorithm.generator)
        super().__init__(algorithm, settings, self._collector, replay)
        self._explorer, self._settings, self._stored = algorithm, settings, replay
        self._n_environments = environments.num_envs
        self._n_actions = spaces_of(environments)[1]

    def _collect(self, share: float) -> int:
        self._remember(self._collector.step(lambda observation, allowed: self._choose(observation, allowed, share)))
        return self._n_environments

    def _choose(self, observation: Tensor, allowed: Tensor | None, share: float) -> Tensor:
        if not self._learns and self._settings.warm_up:
            return masking.uniform(len(observation), self._n_actions, allowed, self._generator)
        return self._explorer.explore(observation, allowed, share)

    def _ready(self) -> bool:
        return len(self._stored) >= max(self._settings.warm_up, 1)

    def _updates_after(self, steps: int) -> int:
        return self._settings.updates_per_turn

    def _remember(self, step: Step) -> None:
        """Store a step of every environment."""
        raise TypeError(f"{type(self).__name__} has no _remember(step)")


class OffPolicyTurns(ReplayTurns):
    """Turns that learn from single transitions, all drawn alike."""

    _replay: UniformReplay

    def __init__(
        self,
        algorithm: OffPolicyAlgorithm,
        settings: OffPolicySettings,
        environments: gymnasium.vector.VectorEnv,
        replay: UniformReplay | None = None,
    ) -> None:
        n_observation = spaces_of(environments)[0]
        self._replay = UniformReplay(settings.replay, n_observation) if replay is None else replay
        super().__init__(algorithm, settings, environments, self._replay)
        self._algorithm, self._batch_size = algorithm, settings.batch
        self._n_step = NStep(settings.n_steps, settings.gamma, environments.num_envs, n_observation)

    def restart(self) -> None:
        super().restart()
        self._n_step.forget()

    def _remember(self, step: Step) -> None:
        self._replay.add(self._n_step.push(step))

    def _update(self, share: float) -> Mapping[str, Tensor]:
        return self._algorithm.update(self._batch(self._replay.sample(self._batch_size, self._generator)))

    def _batch(self, drawn: Transitions, weights: Tensor | None = None) -> Batch:
        drawn = drawn._replace(returns=self._centre(drawn.returns, drawn.discount))
        allowed = self._collector.allowed
        return Batch(drawn, allowed(drawn.observation), allowed(drawn.next_observation), weights)

    def _mean_value(self) -> float:
        stored = self._replay.at(torch.arange(len(self._replay)))
        return float(stored.returns.mean() / (1.0 - stored.discount.mean()))
