"""Soft actor-critic with a denoising chain as its actor (Du et al., TMC 2024, Algorithm 1, lines 12 to 15)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from aigcbench.learning import masking
from aigcbench.learning.diffusion import DenoisingChain
from aigcbench.learning.diffusion_learner import DiffusionLearner
from aigcbench.learning.networks import TwinQ
from aigcbench.learning.off_policy import Batch
from aigcbench.learning.optimization import adam, descend, frozen_copy, soft_update


class ChainActorCritic:
    """An actor that is a denoising chain, and twin critics; subclasses have the losses.

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

    def log_policy(self, actor: DenoisingChain[Any], observation: Tensor, allowed: Tensor | None) -> Tensor:
        """Logarithm of eq. 15 (N, A), from fresh noise."""
        x_0 = actor(observation, actor.draw_noise(len(observation), self.generator))
        return masking.masked(x_0 / self.settings.temperature, allowed).log_softmax(dim=1)

    def explore(self, observation: Tensor, allowed: Tensor | None, share: float) -> Tensor:
        return masking.sample(self.log_policy(self.actor, observation, allowed).exp(), self.generator)

    def update(self, batch: Batch) -> Mapping[str, Tensor]:
        values = self.critic(batch.transitions.observation)
        actor_loss, measured = self.actor_loss(batch, values.detach().amin(dim=0))
        critic_loss = self.critic_loss(batch, values)
        descend(self.optimizers["actor"], actor_loss)
        descend(self.optimizers["critic"], critic_loss)
        self.follow()
        return {"actor_loss": actor_loss, "critic_loss": critic_loss, **measured}

    def follow(self) -> None:
        """Let the targets follow (eq. 31)."""
        soft_update(self.target_critic, self.critic, self.settings.tau)

    def actor_loss(self, batch: Batch, values: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """With the lower values (N, A) of both critics; and what is worth a curve of its own."""
        raise TypeError(f"{type(self).__name__} has no actor_loss(batch, values)")

    def critic_loss(self, batch: Batch, values: Tensor) -> Tensor:
        """For the values (2, N, A) of both critics."""
        following = self.next_value(batch)
        _, action, returns, discount, _ = batch.transitions
        taken = values.gather(2, action.expand(2, -1)[..., None]).squeeze(2)
        return functional.mse_loss(taken, (returns + discount * following).expand(2, -1))

    def next_value(self, batch: Batch) -> Tensor:
        """What the next observations are worth (N,), without gradients."""
        raise TypeError(f"{type(self).__name__} has no next_value(batch)")


class DiffusionActorCritic(ChainActorCritic):
    """The chain is differentiated through by reparameterisation."""

    def __init__(
        self, settings: DiffusionLearner, actor: DenoisingChain[Any], n_observation: int, generator: torch.Generator
    ) -> None:
        super().__init__(settings, actor, n_observation, generator)
        self.target_actor = frozen_copy(self.actor)
        self.modules["target_actor"] = self.target_actor

    def follow(self) -> None:
        soft_update(self.target_actor, self.actor, self.settings.tau)
        super().follow()

    def actor_loss(self, batch: Batch, values: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Eqs. 25 and 27."""
        log_policy = self.log_policy(self.actor, batch.transitions.observation, batch.allowed)
        expected = (log_policy.exp() * values).sum(dim=1)
        entropy = -(log_policy.exp() * log_policy).sum(dim=1)
        return -(expected + self.settings.alpha * entropy).mean(), {"entropy": entropy.mean()}

    @torch.no_grad()
    def next_value(self, batch: Batch) -> Tensor:
        """Eq. 30."""
        observation = batch.transitions.next_observation
        policy = self.log_policy(self.target_actor, observation, batch.next_allowed).exp()
        return (policy * self.target_critic.least(observation)).sum(dim=1)
