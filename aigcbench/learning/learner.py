"""What learners have in common: how their training is put together, from settings to turns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from aigcbench.learning.settings import (
    NeuralSettings,
    OffPolicySettings,
    OnPolicySettings,
    PrioritizedSettings,
    RecurrentSettings,
)
from aigcbench.solver import Budget

if TYPE_CHECKING:
    import gymnasium
    import torch

    from aigcbench.learning.off_policy import OffPolicyAlgorithm
    from aigcbench.learning.on_policy import OnPolicyAlgorithm
    from aigcbench.learning.prioritized import PrioritizedAlgorithm
    from aigcbench.learning.recurrent import RecurrentAlgorithm
    from aigcbench.learning.training import Turns
    from aigcbench.solver import TrainingRun


class NeuralLearner(NeuralSettings):
    """Trains networks; subclasses say how they take turns of collecting and learning.

    `CONTROL` holds settings for Gymnasium's classic control, by environment; what an action does
    shows only many steps later there.
    """

    CONTROL: ClassVar[Mapping[str, Mapping[str, Any]]] = {"CartPole-v1": {"gamma": 0.99}}

    def train(
        self,
        environments: gymnasium.vector.VectorEnv,
        budget: Budget,
        rng: np.random.Generator,
        run: TrainingRun,
    ) -> dict[str, np.ndarray]:
        """Train with one thread; every random draw comes from ``rng``."""
        from aigcbench.learning.training import train_learner

        return train_learner(self, lambda generator: self.turns(environments, generator), budget, rng, run)

    def environment_batch(self) -> tuple[int, str]:
        return self.environments, self.information

    def turns(self, environments: gymnasium.vector.VectorEnv, generator: torch.Generator) -> Turns:
        """The learner in training, see `training.Turns`."""
        raise TypeError(f"{type(self).__name__} has no turns(environments, generator)")


class OffPolicyLearner(OffPolicySettings, NeuralLearner):
    """Learns from single transitions, over one step or more."""

    CONTROL = {
        "CartPole-v1": {
            "gamma": 0.99,
            "environments": 16,
            "n_steps": 20,
            "tau": 0.05,
            "batch": 128,
            "warm_up": 1000,
            "updates": 4000,
            "saves": 0,  # each would cut episodes short
        }
    }

    def turns(self, environments: gymnasium.vector.VectorEnv, generator: torch.Generator) -> Turns:
        from aigcbench.learning.collection import spaces_of
        from aigcbench.learning.off_policy import OffPolicyTurns

        return OffPolicyTurns(self.algorithm(*spaces_of(environments), generator), self, environments)

    def algorithm(self, n_observation: int, n_actions: int, generator: torch.Generator) -> OffPolicyAlgorithm:
        """The algorithm's networks and updates for D observation entries and A actions."""
        raise TypeError(f"{type(self).__name__} has no algorithm(n_observation, n_actions, generator)")


class PrioritizedLearner(PrioritizedSettings, OffPolicyLearner):
    """Learns most often from the transitions of largest error; its algorithm fulfils `prioritized.PrioritizedAlgorithm`."""

    def turns(self, environments: gymnasium.vector.VectorEnv, generator: torch.Generator) -> Turns:
        from aigcbench.learning.collection import spaces_of
        from aigcbench.learning.prioritized import PrioritizedTurns

        return PrioritizedTurns(self.algorithm(*spaces_of(environments), generator), self, environments)

    def algorithm(self, n_observation: int, n_actions: int, generator: torch.Generator) -> PrioritizedAlgorithm:
        raise TypeError(f"{type(self).__name__} has no algorithm(n_observation, n_actions, generator)")


class RecurrentLearner(RecurrentSettings, NeuralLearner):
    """Learns from sequences, with a memory."""

    def turns(self, environments: gymnasium.vector.VectorEnv, generator: torch.Generator) -> Turns:
        from aigcbench.learning.collection import spaces_of
        from aigcbench.learning.recurrent import RecurrentTurns

        return RecurrentTurns(self.algorithm(*spaces_of(environments), generator), self, environments)

    def algorithm(self, n_observation: int, n_actions: int, generator: torch.Generator) -> RecurrentAlgorithm:
        """The algorithm's networks and updates for D observation entries and A actions."""
        raise TypeError(f"{type(self).__name__} has no algorithm(n_observation, n_actions, generator)")


class OnPolicyLearner(OnPolicySettings, NeuralLearner):
    """Learns from rollouts of its current policy."""

    def turns(self, environments: gymnasium.vector.VectorEnv, generator: torch.Generator) -> Turns:
        from aigcbench.learning.collection import spaces_of
        from aigcbench.learning.on_policy import OnPolicyTurns

        return OnPolicyTurns(self.algorithm(*spaces_of(environments), generator), self, environments)

    def algorithm(self, n_observation: int, n_actions: int, generator: torch.Generator) -> OnPolicyAlgorithm:
        """The algorithm's networks and updates for D observation entries and A actions."""
        raise TypeError(f"{type(self).__name__} has no algorithm(n_observation, n_actions, generator)")
