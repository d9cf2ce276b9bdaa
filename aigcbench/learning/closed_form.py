"""Learning a denoising chain without differentiating through it: one step at a time, towards the best policy in closed form.

Two ways to ask for it: by the mean square error of x_0 (`ClosedFormActorCritic`), or by the cross-entropy of the choices that x_0
stands for (`AveragedActorCritic`), which learns faster what matters.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from aigcbench.learning import masking
from aigcbench.learning.denoising import choice_loss, prediction_loss
from aigcbench.learning.diffusion import DenoisingChain
from aigcbench.learning.diffusion_actor_critic import ChainActorCritic
from aigcbench.learning.diffusion_learner import DiffusionLearner
from aigcbench.learning.off_policy import Batch
from aigcbench.learning.optimization import frozen_copy, soft_update


def best_logits(values: Tensor, allowed: Tensor | None, alpha: float, temperature: float) -> Tensor:
    """The x_0 (N, A) in -1..1 whose softmax at a temperature maximises expected value plus alpha times entropy.

    That policy is proportional to ``exp(values / alpha)``. The best allowed action is at 1, what is 2 / temperature below it in
    logarithm at -1.
    """
    best = masking.masked(values, allowed).amax(dim=1, keepdim=True)
    return (1.0 + temperature / alpha * (values - best)).clamp(-1.0, 1.0)


class ClosedFormActorCritic(ChainActorCritic):
    """Actions are counted and critics value all of them, so that the maximum of D2SAC's eq. 25 is known: the actor learns to
    denoise into it, at one random step of the chain per update, and the target of the critics needs no chain.
    """

    def actor_loss(self, batch: Batch, values: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of denoising into `best_logits`."""
        settings = self.settings
        x_0 = best_logits(values, batch.allowed, settings.alpha, settings.temperature)
        return prediction_loss(self.actor, batch.transitions.observation, x_0, self.generator, batch.allowed), {}

    @torch.no_grad()
    def next_value(self, batch: Batch) -> Tensor:
        """The value of the best policy in closed form."""
        values = self.target_critic.least(batch.transitions.next_observation)
        policy = masking.masked(values / self.settings.alpha, batch.next_allowed).softmax(dim=1)
        return (policy * values).sum(dim=1)


class AveragedActorCritic(ClosedFormActorCritic):
    """The same optimum, learnt as a distribution over actions, and decisions by an average of the actor's weights.

    The cross-entropy spends the network on the actions between which the policy chooses, where the mean square error of
    `ClosedFormActorCritic` asks for the logits of all of them alike. The average, which follows the actor at tau as D2SAC's
    target actor does, takes out what single updates leave in the weights as long as learning rates are high (Ho et al., 2020,
    sample from such an average, too).
    """

    def __init__(
        self, settings: DiffusionLearner, actor: DenoisingChain[Any], n_observation: int, generator: torch.Generator
    ) -> None:
        super().__init__(settings, actor, n_observation, generator)
        self.average_actor = frozen_copy(self.actor)
        self.modules["average_actor"] = self.average_actor

    def policy_modules(self) -> dict[str, nn.Module]:
        return super().policy_modules() | {"actor": self.average_actor}

    def follow(self) -> None:
        soft_update(self.average_actor, self.actor, self.settings.tau)
        super().follow()

    def actor_loss(self, batch: Batch, values: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """The cross-entropy to the policy of `best_logits`."""
        settings = self.settings
        x_0 = best_logits(values, batch.allowed, settings.alpha, settings.temperature)
        observation = batch.transitions.observation
        return choice_loss(self.actor, observation, x_0, settings.temperature, self.generator, batch.allowed), {}
