"""What learners with networks are told: the parameters that training and algorithms read."""

from __future__ import annotations

from aigcbench.solver import Learner, parameter

ACTIVATIONS = ("mish", "silu", "relu")


class NeuralSettings(Learner):
    """Of every learner with networks. Defaults are for scheduling."""

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


class ReplaySettings(NeuralSettings):
    """Of those that store what they see and learn from it many times."""

    batch: int = parameter(256, "transitions per update", minimum=1, maximum=65536)
    replay: int = parameter(200_000, "transitions kept", minimum=1, maximum=10**7)
    tau: float = parameter(0.005, "rate at which target networks follow", minimum=0.0, maximum=1.0)
    warm_up: int = parameter(5_000, "transitions by random actions before the first update", minimum=0, maximum=10**7)
    updates_per_turn: int = parameter(1, "updates per step of all environments", minimum=1, maximum=1000)


class OffPolicySettings(ReplaySettings):
    """Of those that learn from single transitions, over one step or more."""

    n_steps: int = parameter(1, "rewards before bootstrapping", minimum=1, maximum=100)


class PrioritizedSettings(OffPolicySettings):
    """Of those that learn most often from the transitions of largest error."""

    priority: float = parameter(0.6, "alpha, exponent of errors in how often they are drawn", minimum=0.0, maximum=10.0)
    first_correction: float = parameter(
        0.4, "beta at first, exponent of the importance weights; it rises to 1", minimum=0.0, maximum=1.0
    )


class RecurrentSettings(ReplaySettings):
    """Of those that learn from sequences, with a memory."""

    sequence: int = parameter(10, "steps of a sequence", minimum=1, maximum=1000)


class OnPolicySettings(NeuralSettings):
    """Of those that learn from rollouts of their current policy."""

    rollout: int = parameter(64, "steps of every environment in a rollout", minimum=1, maximum=10**5)
    trace: float = parameter(0.9, "lambda of the generalised advantage estimate", minimum=0.0, maximum=1.0)
