"""Learning a denoising chain without differentiating through it: one step at a time, towards the best policy in closed form."""

from __future__ import annotations

import torch
from torch import Tensor

from aigcbench.learning import masking
from aigcbench.learning.denoising import prediction_loss
from aigcbench.learning.diffusion_actor_critic import ChainActorCritic
from aigcbench.learning.off_policy import Batch


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
