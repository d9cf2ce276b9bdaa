"""Learning by the agents of all stations: decide a slot, then update from every agent's pool."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
from torch import Tensor

from aigcbench.learning.names import joined, under
from aigcbench.learning.state import LearningState, Networks
from aigcbench.learning.training import Reporter, Turn
from aigcbench.problems.offloading.agents.collection import SlotCollector
from aigcbench.problems.offloading.agents.replay import AgentReplay, Transitions
from aigcbench.problems.offloading.stations import StationsEnv

if TYPE_CHECKING:
    from aigcbench.problems.offloading.agents.learner import StationLearner


class AgentAlgorithm(Networks, Protocol):
    """What one algorithm adds to the shared loop; a leading axis G is that of the agents."""

    def explore(self, observation: Tensor, latent: Tensor, share: float) -> tuple[Tensor, Tensor]:
        """Actions (G, K) to collect with, and the latents they leave (G, K, A); ``share`` of the training is done."""

    def update(self, batch: Transitions) -> Mapping[str, Tensor]:
        """One gradient update of every network of every agent; return losses."""


class AgentTurns:
    """One turn: a slot of every episode, then updates of all agents. Fulfils `training.Turns`.

    An update of all agents counts as one, and a decision about one task as an environment step.
    """

    def __init__(self, algorithm: AgentAlgorithm, learner: StationLearner, environments: StationsEnv) -> None:
        self._algorithm, self._learner, self._generator = algorithm, learner, algorithm.generator
        self._state = LearningState(algorithm)
        self._collector = SlotCollector(
            environments, learner.shared, learner.gamma, learner.boundary == "empty", self._generator
        )
        n_agents, n_stations = self._collector.n_agents, environments.n_stations
        self._replay = AgentReplay(n_agents, learner.pool, environments.observation_length, n_stations)
        self._reporter = Reporter(learner.updates)
        self._offset = 0.0
        self._learns = False

    def restart(self) -> None:
        self._collector.restart()
        self._reporter.restart()

    def turn(self, share: float) -> Turn:
        with torch.no_grad():
            transitions, mask = self._collector.step(
                lambda observation, latent: self._algorithm.explore(observation, latent, share)
            )
        self._replay.add(transitions, mask)
        steps = int(mask.sum())
        if not self._learns and self._replay.least > self._learner.learn_from:
            self._learns = True
            self._offset = self._replay.mean_value() if self._learner.centred else 0.0
        if not self._learns:
            return Turn(steps, 0, {})
        if self._learner.decay:
            self._state.slow_down(share)
        updates = 1 if self._learner.every == "slot" else max(1, round(steps / len(mask)))
        losses: Mapping[str, Tensor] = {}
        for _ in range(updates):
            losses = self._algorithm.update(self._batch())
        return Turn(steps, updates, self._reporter.metrics(updates, losses, self._collector.returns))

    def weights(self) -> dict[str, np.ndarray]:
        return self._state.weights()

    def arrays(self) -> dict[str, np.ndarray]:
        own = {
            "offset": np.array(self._offset),
            "learns": np.array(self._learns),
            "latents": self._collector.latents.numpy(),
        }
        return self._state.arrays() | joined({"replay": self._replay.arrays(), "values": own})

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        self._state.restore(arrays)
        self._replay.restore(under("replay", arrays))
        self._offset, self._learns = float(arrays["values.offset"]), bool(arrays["values.learns"])
        self._collector.latents = torch.from_numpy(np.array(arrays["values.latents"]))

    def _batch(self) -> Transitions:
        drawn = self._replay.sample(self._learner.batch, self._generator)
        # With values V + offset in place of V, networks need not learn what all actions have in common.
        drawn = drawn._replace(reward=drawn.reward + (drawn.discount - 1.0) * self._offset)
        if self._learner.latents != "overwritten":
            return drawn
        agents = torch.arange(len(drawn.place))[:, None]
        latents = self._collector.latents
        return drawn._replace(latent=latents[agents, drawn.place], next_latent=latents[agents, drawn.next_place])
