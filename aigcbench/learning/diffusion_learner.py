"""Parameters of learners whose actor is a denoising chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigcbench.learning.learner import OffPolicyLearner
from aigcbench.learning.schedule import ReverseProcess, reverse_process
from aigcbench.solver import parameter

if TYPE_CHECKING:
    import torch

    from aigcbench.learning.diffusion import DenoisingActor
    from aigcbench.learning.forward import Weights
    from aigcbench.solver import Policy


class DiffusionLearner(OffPolicyLearner):
    """An actor-critic whose actor denoises Gaussian noise into action logits; subclasses give the algorithm."""

    updates: int = parameter(10_000, "gradient updates of a full training", minimum=1, maximum=10**9)
    chain_steps: int = parameter(5, "T, denoising steps", minimum=1, maximum=1000)
    prediction: str = parameter(
        "start",
        "what the network predicts: noise (eq. 11), with x_0 clipped as in the public code, or x_0 itself",
        choices=("noise", "clipped-noise", "start"),
    )
    noise: str = parameter(
        "paper", "scale of the chain's noise: eq. 14, or DDPM's as in the code", choices=("paper", "code")
    )
    temperature: float = parameter(0.1, "divides x_0 before the softmax", minimum=1e-3, maximum=1e3)
    actor_rate: float = parameter(1e-3, "learning rate of the actor", minimum=0.0, maximum=1.0)
    critic_rate: float = parameter(1e-3, "learning rate of the critics", minimum=0.0, maximum=1.0)
    weight_decay: float = parameter(0.0, "lambda, of both optimisers", minimum=0.0, maximum=1.0)
    alpha: float = parameter(0.01, "weight of the action entropy", minimum=0.0, maximum=100.0)
    chains: int = parameter(1, "chains per decision", minimum=1, maximum=1000)
    decision: str = parameter(
        "mean",
        "take the best action of the mean of the chains, or the critics' best among those of each chain",
        choices=("mean", "critic"),
    )

    def policy(self, weights: Weights) -> Policy:
        """Decide by chains with these weights."""
        from aigcbench.learning.decisions import chain_policy

        by_critic = self.decision == "critic"
        return chain_policy(weights, self.process(), self.activation, self.chains, by_critic, self.masked)

    def actor(self, n_observation: int, n_actions: int, generator: torch.Generator) -> DenoisingActor:
        """The chain with the network of the paper's Table I, for D observation entries and A actions."""
        from aigcbench.learning.diffusion import DenoisingActor

        sizes = n_observation, n_actions, self.hidden
        return DenoisingActor(*sizes, self.activation, self.process(), generator)

    def process(self) -> ReverseProcess:
        """The reverse diffusion process."""
        return reverse_process(self.chain_steps, self.prediction, self.noise)
