"""What learners have in common: their parameters, and how training is put together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from aigcbench.solver import Budget, Learner, parameter

if TYPE_CHECKING:
    import gymnasium
    import torch

    from aigcbench.learning.off_policy import OffPolicyAlgorithm
    from aigcbench.learning.on_policy import OnPolicyAlgorithm
    from aigcbench.learning.prioritized import PrioritizedAlgorithm
    from aigcbench.learning.recurrent import RecurrentAlgorithm
    from aigcbench.learning.training import Turns
    from aigcbench.solver import TrainingRun

ACTIVATIONS = ("mish", "silu", "relu")


class NeuralLearner(Learner):
    """Parameters of every learner with networks; subclasses add theirs.

    Defaults are for scheduling. `CONTROL` holds settings for Gymnasium's classic control, by environment; what an action does
    shows only many steps later there.
    """

    CONTROL: ClassVar[Mapping[str, Mapping[str, Any]]] = {"CartPole-v1": {"gamma": 0.99}}

    masked: bool = parameter(True, "forbid actions that would crash a server, where the formulation can tell")
    centred: bool = parameter(True, "learn values around their mean under random behaviour")
    gamma: float = parameter(0.95, "discount factor", minimum=0.0, maximum=0.9999)
    hidden: int = parameter(128, "units of each of the two hidden layers", minimum=1, maximum=4096)
    activation: str = parameter("silu", "activation between layers", choices=ACTIVATIONS)
    decay: bool = parameter(True, "let learning rates fall linearly to 0 over the training")
    environments: int = parameter(64, "environments stepped at once", minimum=1, maximum=4096)
    updates: int = parameter(20_000, "gradient updates of a full training", minimum=1, maximum=10**9)
    validations: int = parameter(20, "validations in a full training", minimum=1, maximum=10**4)
    saves: int = parameter(
        5, "saves in a full training, each of which restarts the environments", minimum=0, maximum=10**4
    )
    patience: int = parameter(20, "validations without a new best after which it stops", minimum=1, maximum=10**4)

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


class ReplayLearner(NeuralLearner):
    """Parameters of every learner that stores what it sees and learns from it many times."""

    batch: int = parameter(256, "transitions per update", minimum=1, maximum=65536)
    replay: int = parameter(200_000, "transitions kept", minimum=1, maximum=10**7)
    tau: float = parameter(0.005, "rate at which target networks follow", minimum=0.0, maximum=1.0)
    warm_up: int = parameter(5_000, "transitions by random actions before the first update", minimum=0, maximum=10**7)
    updates_per_turn: int = parameter(1, "updates per step of all environments", minimum=1, maximum=1000)


class OffPolicyLearner(ReplayLearner):
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

    n_steps: int = parameter(1, "rewards before bootstrapping", minimum=1, maximum=100)

    def turns(self, environments: gymnasium.vector.VectorEnv, generator: torch.Generator) -> Turns:
        from aigcbench.learning.collection import spaces_of
        from aigcbench.learning.off_policy import OffPolicyTurns

        return OffPolicyTurns(self.algorithm(*spaces_of(environments), generator), self, environments)

    def algorithm(self, n_observation: int, n_actions: int, generator: torch.Generator) -> OffPolicyAlgorithm:
        """The algorithm's networks and updates for D observation entries and A actions."""
        raise TypeError(f"{type(self).__name__} has no algorithm(n_observation, n_actions, generator)")


class PrioritizedLearner(OffPolicyLearner):
    """Learns most often from the transitions of largest error; its algorithm fulfils `prioritized.PrioritizedAlgorithm`."""

    priority: float = parameter(0.6, "alpha, exponent of errors in how often they are drawn", minimum=0.0, maximum=10.0)
    first_correction: float = parameter(
        0.4, "beta at first, exponent of the importance weights; it rises to 1", minimum=0.0, maximum=1.0
    )

    def turns(self, environments: gymnasium.vector.VectorEnv, generator: torch.Generator) -> Turns:
        from aigcbench.learning.collection import spaces_of
        from aigcbench.learning.prioritized import PrioritizedTurns

        return PrioritizedTurns(self.algorithm(*spaces_of(environments), generator), self, environments)

    def algorithm(self, n_observation: int, n_actions: int, generator: torch.Generator) -> PrioritizedAlgorithm:
        raise TypeError(f"{type(self).__name__} has no algorithm(n_observation, n_actions, generator)")


class RecurrentLearner(ReplayLearner):
    """Learns from sequences, with a memory."""

    sequence: int = parameter(10, "steps of a sequence", minimum=1, maximum=1000)

    def turns(self, environments: gymnasium.vector.VectorEnv, generator: torch.Generator) -> Turns:
        from aigcbench.learning.collection import spaces_of
        from aigcbench.learning.recurrent import RecurrentTurns

        return RecurrentTurns(self.algorithm(*spaces_of(environments), generator), self, environments)

    def algorithm(self, n_observation: int, n_actions: int, generator: torch.Generator) -> RecurrentAlgorithm:
        """The algorithm's networks and updates for D observation entries and A actions."""
        raise TypeError(f"{type(self).__name__} has no algorithm(n_observation, n_actions, generator)")


class OnPolicyLearner(NeuralLearner):
    """Learns from rollouts of its current policy."""

    rollout: int = parameter(64, "steps of every environment in a rollout", minimum=1, maximum=10**5)
    trace: float = parameter(0.9, "lambda of the generalised advantage estimate", minimum=0.0, maximum=1.0)

    def turns(self, environments: gymnasium.vector.VectorEnv, generator: torch.Generator) -> Turns:
        from aigcbench.learning.collection import spaces_of
        from aigcbench.learning.on_policy import OnPolicyTurns

        return OnPolicyTurns(self.algorithm(*spaces_of(environments), generator), self, environments)

    def algorithm(self, n_observation: int, n_actions: int, generator: torch.Generator) -> OnPolicyAlgorithm:
        """The algorithm's networks and updates for D observation entries and A actions."""
        raise TypeError(f"{type(self).__name__} has no algorithm(n_observation, n_actions, generator)")
