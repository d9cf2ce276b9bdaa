"""Learners with an agent at every station: from settings to networks, training and decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aigcbench.problems.offloading.agents.settings import ActorCriticSettings, DiffusionSettings, StationSettings
from aigcbench.solver import Budget, Policy, Weights

if TYPE_CHECKING:
    import gymnasium
    import torch

    from aigcbench.problems.offloading.agents.turns import AgentAlgorithm
    from aigcbench.problems.offloading.stations import StationsEnv
    from aigcbench.solver import TrainingRun


class StationLearner(StationSettings):
    """What LAD-TS and its baselines have in common."""

    formulations = ("offloading",)
    information = "online"

    def environment_batch(self) -> tuple[int, str]:
        return self.environments, self.observation

    def train(
        self,
        environments: gymnasium.vector.VectorEnv,
        budget: Budget,
        rng: np.random.Generator,
        run: TrainingRun,
    ) -> dict[str, np.ndarray]:
        """Train with one thread; every random draw comes from ``rng``."""
        from aigcbench.learning.training import train_learner
        from aigcbench.problems.offloading.agents.turns import AgentTurns

        stations: StationsEnv = environments.stations()  # type: ignore[attr-defined]  # offloading's environments have it
        n_agents = 1 if self.shared else stations.n_stations

        def turns(generator: torch.Generator) -> AgentTurns:
            algorithm = self.algorithm(n_agents, stations.observation_length, stations.n_stations, generator)
            return AgentTurns(algorithm, self, stations)

        return train_learner(self, turns, budget, rng, run)

    def algorithm(self, n: int, n_observation: int, n_actions: int, generator: torch.Generator) -> AgentAlgorithm:
        """Networks and updates of G agents with D observation entries and A actions."""
        raise TypeError(f"{type(self).__name__} has no algorithm(n, n_observation, n_actions, generator)")


class ActorCriticLearner(ActorCriticSettings, StationLearner):
    """Learns an actor, twin critics and a temperature for each agent."""

    def algorithm(self, n: int, n_observation: int, n_actions: int, generator: torch.Generator) -> AgentAlgorithm:
        from aigcbench.problems.offloading.agents.networks import StackedLogits
        from aigcbench.problems.offloading.agents.soft_actor_critic import AgentActorCritic

        sizes = (n_observation, self.hidden, self.hidden, n_actions)
        actor = StackedLogits(n, sizes, self.activation, generator)
        return AgentActorCritic(self, actor, n, n_observation, n_actions, generator)

    def policy(self, weights: Weights) -> Policy:
        from aigcbench.problems.offloading.agents.policy import logits_policy

        return logits_policy(weights, "actor.network", self.activation, self.decision, self.softness)


class DiffusionLearner(DiffusionSettings, ActorCriticLearner):
    """Whose actors are denoising chains."""

    def algorithm(self, n: int, n_observation: int, n_actions: int, generator: torch.Generator) -> AgentAlgorithm:
        from aigcbench.problems.offloading.agents.networks import StackedChains
        from aigcbench.problems.offloading.agents.soft_actor_critic import AgentActorCritic

        actor = StackedChains(
            n, n_observation, n_actions, self.hidden, self.activation, self.output, self.process(), generator
        )
        return AgentActorCritic(self, actor, n, n_observation, n_actions, generator)

    def policy(self, weights: Weights) -> Policy:
        from aigcbench.problems.offloading.agents.policy import chain_policy

        return chain_policy(weights, self)
