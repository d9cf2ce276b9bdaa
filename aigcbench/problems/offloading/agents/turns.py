"""Learning by the agents of all stations: decide a slot, then update from every agent's pool."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
from torch import Tensor

from aigcbench.learning.state import Networks
from aigcbench.learning.stored_turns import StoredTurns
from aigcbench.problems.offloading.agents.collection import SlotCollector
from aigcbench.problems.offloading.agents.replay import AgentReplay, Transitions
from aigcbench.problems.offloading.stations import StationsEnv

if TYPE_CHECKING:
    from aigcbench.problems.offloading.agents.settings import StationSettings


class AgentAlgorithm(Networks, Protocol):
    """What one algorithm adds to the shared loop; a leading axis G is that of the agents."""

    def explore(self, observation: Tensor, latent: Tensor, share: float) -> tuple[Tensor, Tensor]:
        """Actions (G, K) to collect with, and the latents they leave (G, K, A); ``share`` of the training is done."""

    def update(self, batch: Transitions) -> Mapping[str, Tensor]:
        """One gradient update of every network of every agent; return losses."""


class AgentTurns(StoredTurns):
    """One turn: a slot of every episode, then updates of all agents. Fulfils `training.Turns`.

    An update of all agents counts as one, and a decision about one task as an environment step.
    """

    def __init__(self, algorithm: AgentAlgorithm, settings: StationSettings, environments: StationsEnv) -> None:
        empty_boundary = settings.boundary == "empty"
        self._collector = SlotCollector(
            environments, settings.shared, settings.gamma, empty_boundary, algorithm.generator
        )
        self._n_agents = self._collector.n_agents
        self._replay = AgentReplay(
            self._n_agents, settings.pool, environments.observation_length, environments.n_stations
        )
        super().__init__(algorithm, settings, self._collector, self._replay)
        self._algorithm, self._settings = algorithm, settings

    def arrays(self) -> dict[str, np.ndarray]:
        return super().arrays() | {"collector.latents": self._collector.latents.numpy()}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        super().restore(arrays)
        self._collector.latents = torch.from_numpy(np.array(arrays["collector.latents"]))

    def _collect(self, share: float) -> int:
        transitions, mask = self._collector.step(
            lambda observation, latent: self._algorithm.explore(observation, latent, share)
        )
        self._replay.add(transitions, mask)
        return int(mask.sum())

    def _ready(self) -> bool:
        return self._replay.least > self._settings.learn_from

    def _mean_value(self) -> float:
        return self._replay.mean_value()

    def _updates_after(self, steps: int) -> int:
        return 1 if self._settings.every == "slot" else max(1, round(steps / self._n_agents))

    def _update(self, share: float) -> Mapping[str, Tensor]:
        return self._algorithm.update(self._batch())

    def _batch(self) -> Transitions:
        drawn = self._replay.sample(self._settings.batch, self._generator)
        drawn = drawn._replace(reward=self._centre(drawn.reward, drawn.discount))
        if self._settings.latents != "overwritten":
            return drawn
        agents = torch.arange(len(drawn.place))[:, None]
        latents = self._collector.latents
        return drawn._replace(latent=latents[agents, drawn.place], next_latent=latents[agents, drawn.next_place])
