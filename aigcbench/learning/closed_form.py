"""Learning a denoising chain without differentiating through it: one step at a time, towards the best policy in closed form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from aigcbench.learning import masking
from aigcbench.learning.denoising import prediction_loss
from aigcbench.learning.diffusion import DenoisingChain
from aigcbench.learning.diffusion_learner import DiffusionLearner
from aigcbench.learning.networks import TwinQ
from aigcbench.learning.off_policy import Batch
from aigcbench.learning.optimization import adam, descend, frozen_copy, soft_update


def best_logits(values: Tensor, allowed: Tensor | None, alpha: float, temperature: float) -> Tensor:
    """The x_0 (N, A) in -1..1 whose softmax at a temperature maximises expected value plus alpha times entropy.

    That policy is proportional to ``exp(values / alpha)``. The best allowed action is at 1, what is 2 / temperature below it in
    logarithm at -1.
    """
    best = masking.masked(values, allowed).amax(dim=1, keepdim=True)
    return (1.0 + temperature / alpha * (values - best)).clamp(-1.0, 1.0)


class ClosedFormActorCritic:
    """Actions are counted and critics value all of them, so that the maximum of D2SAC's eq. 25 is known: the actor learns to
    denoise into it, at one random step of the chain per update, and the target of the critics needs no chain.

    Parameters
    ----------
    settings
        The learner with its parameters.
    actor
        The chain.
    n_observation
        D.
    generator
        Of initial weights, noise and exploration.
    """

    def __init__(
        self, settings: DiffusionLearner, actor: DenoisingChain[Any], n_observation: int, generator: torch.Generator
    ) -> None:
        self.settings, self.actor, self.generator = settings, actor, generator
        sizes = (n_observation, settings.hidden, settings.hidden, actor.n_actions)
        self.critic = TwinQ(sizes, settings.activation, generator)
        self.target_critic = frozen_copy(self.critic)
        self.modules: dict[str, nn.Module] = {
            "actor": self.actor,
            "critic": self.critic,
            "target_critic": self.target_critic,
        }
        self.optimizers = {
            "actor": adam(self.actor, settings.actor_rate, settings.weight_decay),
            "critic": adam(self.critic, settings.critic_rate, settings.weight_decay),
        }

    def policy_modules(self) -> dict[str, nn.Module]:
        return {"actor": self.actor, "critic": self.critic}

    def explore(self, observation: Tensor, allowed: Tensor | None, share: float) -> Tensor:
        x_0 = self.actor(observation, self.actor.draw_noise(len(observation), self.generator))
        return masking.sample(masking.masked(x_0 / self.settings.temperature, allowed).softmax(dim=1), self.generator)

    def update(self, batch: Batch) -> Mapping[str, Tensor]:
        values = self.critic(batch.transitions.observation)
        actor_loss, measured = self.actor_loss(batch, values.detach().amin(dim=0))
        critic_loss = self.critic_loss(batch, values)
        descend(self.optimizers["actor"], actor_loss)
        descend(self.optimizers["critic"], critic_loss)
        soft_update(self.target_critic, self.critic, self.settings.tau)
        return {"actor_loss": actor_loss, "critic_loss": critic_loss, **measured}

    def actor_loss(self, batch: Batch, values: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of denoising into `best_logits` for the lower values (N, A) of both critics."""
        settings = self.settings
        x_0 = best_logits(values, batch.allowed, settings.alpha, settings.temperature)
        return prediction_loss(self.actor, batch.transitions.observation, x_0, self.generator, batch.allowed), {}

    def critic_loss(self, batch: Batch, values: Tensor) -> Tensor:
        """The temporal difference to the value of the best policy in closed form, for the values (2, N, A) of both critics."""
        _, action, returns, discount, next_observation = batch.transitions
        with torch.no_grad():
            next_values = self.target_critic.least(next_observation)
            policy = masking.masked(next_values / self.settings.alpha, batch.next_allowed).softmax(dim=1)
            wanted = returns + discount * (policy * next_values).sum(dim=1)
        taken = values.gather(2, action.expand(2, -1)[..., None]).squeeze(2)
        return functional.mse_loss(taken, wanted.expand(2, -1))
