"""What learners with an agent at every station are told: the parameters that training, algorithms and decisions read."""

from __future__ import annotations

from aigcbench.learning.schedule import ReverseProcess, reverse_process
from aigcbench.learning.settings import ACTIVATIONS
from aigcbench.solver import Learner, parameter


class StationSettings(Learner):
    """Of LAD-TS and its baselines; defaults are those of the paper's Table IV where it has them."""

    latents = "none"  # how the pool keeps latents; only a diffusion actor has them

    shared: bool = parameter(False, "one agent for all stations instead of one for each")
    observation: str = parameter(
        "paper",
        "what agents see: task and queues as in the paper, or also result, slot and station",
        choices=("paper", "online"),
    )
    centred: bool = parameter(True, "learn values around their mean at first")
    gamma: float = parameter(0.95, "discount from one task of a station to its next", minimum=0.0, maximum=0.9999)
    hidden: int = parameter(20, "units of each of the two hidden layers", minimum=1, maximum=4096)
    activation: str = parameter("relu", "activation between layers", choices=ACTIVATIONS)
    tau: float = parameter(0.005, "rate at which target networks follow", minimum=0.0, maximum=1.0)
    batch: int = parameter(64, "transitions of each agent per update", minimum=1, maximum=65536)
    pool: int = parameter(1000, "transitions kept for each agent", minimum=1, maximum=10**6)
    learn_from: int = parameter(300, "transitions of each agent before the first update", minimum=0, maximum=10**6)
    every: str = parameter(
        "slot",
        "update once per slot as the public code does, or once per task as Algorithm 1 has it",
        choices=("slot", "task"),
    )
    boundary: str = parameter(
        "queues",
        "next queues that a slot's last task sees: as they are, or empty as in the public code",
        choices=("queues", "empty"),
    )
    decay: bool = parameter(False, "let learning rates fall linearly to 0 over the training")
    decision: str = parameter(
        "sample",
        "take the most probable station (eq. 8), or draw one as the public code does",
        choices=("best", "sample"),
    )
    environments: int = parameter(1, "episodes stepped at once", minimum=1, maximum=4096)
    updates: int = parameter(3_600, "updates of all agents in a full training", minimum=1, maximum=10**9)
    validations: int = parameter(1, "validations in a full training", minimum=1, maximum=10**4)
    saves: int = parameter(1, "saves in a full training, each of which restarts the episode", minimum=0, maximum=10**4)
    patience: int = parameter(20, "validations without a new best after which it stops", minimum=1, maximum=10**4)


class ActorCriticSettings(StationSettings):
    """Of those with an actor, twin critics and a temperature for each agent."""

    start = "latent"
    stored = "chain"

    actor_rate: float = parameter(1e-4, "learning rate of the actors", minimum=0.0, maximum=1.0)
    critic_rate: float = parameter(1e-3, "learning rate of the critics", minimum=0.0, maximum=1.0)
    alpha_rate: float = parameter(3e-4, "learning rate of the temperatures", minimum=0.0, maximum=1.0)
    alpha: float = parameter(0.05, "temperature at first: weight of the entropy", minimum=1e-6, maximum=100.0)
    entropy: str = parameter(
        "code",
        "how temperatures follow: eq. 16 as printed, with the public code's sign, that towards 0.98 log A, or not at all",
        choices=("printed", "code", "scaled", "fixed"),
    )
    target_entropy: float = parameter(-1.0, "entropy that temperatures aim at", minimum=-100.0, maximum=100.0)
    actor_loss: str = parameter(
        "expected", "mean over actions as in the public code, or eq. 15's square", choices=("expected", "squared")
    )
    softness: float = parameter(1.0, "divides logits before the softmax", minimum=1e-3, maximum=1e3)


class DiffusionSettings(ActorCriticSettings):
    """Of those whose actors are denoising chains."""

    chain_steps: int = parameter(5, "I, denoising steps", minimum=1, maximum=1000)
    output: str = parameter(
        "softmax", "what the noise network ends in; a softmax in the public code", choices=("linear", "tanh", "softmax")
    )
    noise: str = parameter(
        "code", "scale of the chain's noise: eq. 10, or DDPM's as in the public code", choices=("half", "code")
    )

    def process(self) -> ReverseProcess:
        """The reverse diffusion process."""
        return reverse_process(self.chain_steps, "noise", self.noise)
