"""Soft actor-critic for all agents at once: LAD-TS's Algorithm 1, and with other actors its baselines."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from aigcbench.learning import masking, optimization
from aigcbench.learning.networks import StackedMLP
from aigcbench.problems.offloading.agents.limits import LARGEST_LATENT
from aigcbench.problems.offloading.agents.networks import StackedChains, StackedLogits
from aigcbench.problems.offloading.agents.replay import Transitions

if TYPE_CHECKING:
    from aigcbench.problems.offloading.agents.settings import ActorCriticSettings

SHARE_OF_LARGEST = 0.98  # of log A, the usual target entropy of discrete soft actor-critic


class LogTemperatures(nn.Module):
    """log alpha of each agent, (G,)."""

    def __init__(self, n: int, alpha: float) -> None:
        super().__init__()
        self.log_alpha = nn.Parameter(torch.full((n,), math.log(alpha)))


class AgentActorCritic:
    """Networks and updates (eqs. 14 to 17) of G agents, each with twin critics and a temperature of its own.

    Adam works on each weight by itself, and the losses of the agents are summed: all agents learn as if each were alone.

    Parameters
    ----------
    settings
        Those of the learner.
    actor
        `StackedChains` or `StackedLogits`.
    n, n_observation, n_actions
        G, D, A.
    """

    def __init__(
        self,
        settings: ActorCriticSettings,
        actor: StackedChains | StackedLogits,
        n: int,
        n_observation: int,
        n_actions: int,
        generator: torch.Generator,
    ) -> None:
        self.settings, self.generator, self.actor = settings, generator, actor
        sizes = (n_observation, settings.hidden, settings.hidden, n_actions)
        self.critic = StackedMLP(2 * n, sizes, settings.activation, generator)
        self.target = optimization.frozen_copy(self.critic)
        self.temperature = LogTemperatures(n, settings.alpha)
        self.modules: Mapping[str, nn.Module] = {
            "actor": actor,
            "critic": self.critic,
            "target": self.target,
            "temperature": self.temperature,
        }
        self.optimizers: Mapping[str, torch.optim.Optimizer] = {
            "actor": optimization.adam(actor, settings.actor_rate),
            "critic": optimization.adam(self.critic, settings.critic_rate),
            "temperature": optimization.adam(self.temperature, settings.alpha_rate),
        }

    def policy_modules(self) -> dict[str, nn.Module]:
        return {"actor": self.actor}

    def explore(self, observation: Tensor, latent: Tensor, share: float) -> tuple[Tensor, Tensor]:
        rows = observation.shape[1]
        x_0 = self.actor(observation, self._start(latent), self.actor.draw_noise(rows, self.generator))
        policy = (x_0 / self.settings.softness).softmax(dim=-1)
        action = masking.sample(policy.flatten(0, 1), self.generator).reshape(policy.shape[:2])
        return action, policy if self.settings.stored == "probabilities" else x_0.clamp(-LARGEST_LATENT, LARGEST_LATENT)

    def update(self, batch: Transitions) -> dict[str, Tensor]:
        rows = batch.action.shape[1]
        batch = batch._replace(latent=self._start(batch.latent), next_latent=self._start(batch.next_latent))
        next_noise = self.actor.draw_noise(rows, self.generator)
        return self.update_with(batch, next_noise, self.actor.draw_noise(rows, self.generator))

    def update_with(self, batch: Transitions, next_noise: Tensor, noise: Tensor) -> dict[str, Tensor]:
        """One update with given noise for the chains: first critics, then actor, then temperature, then targets."""
        settings = self.settings
        alpha = self.temperature.log_alpha.exp().detach()[:, None]
        with torch.no_grad():
            log_policy = self._log_policy(batch.next_observation, batch.next_latent, next_noise)
            policy = log_policy.exp()
            entropy = -(policy * log_policy).sum(dim=-1)
            value = (policy * self._least(self.target, batch.next_observation)).sum(dim=-1) + alpha * entropy
            wanted = batch.reward + batch.discount * value
        action = batch.action[..., None]
        taken = self._twins(self.critic, batch.observation).gather(-1, action.repeat(2, 1, 1)).squeeze(-1)
        critic_loss = ((taken - wanted.repeat(2, 1)) ** 2).mean(dim=1).sum()  # eq. 14
        optimization.descend(self.optimizers["critic"], critic_loss)

        log_policy = self._log_policy(batch.observation, batch.latent, noise)
        policy = log_policy.exp()
        entropy = -(policy * log_policy).sum(dim=-1)
        with torch.no_grad():
            values = self._least(self.critic, batch.observation)
        if settings.actor_loss == "squared":  # eq. 15
            chosen = (policy * values).gather(-1, action).squeeze(-1)
            actor_loss = ((-alpha * entropy - chosen) ** 2).mean(dim=1).sum()
        else:
            actor_loss = (-alpha * entropy - (policy * values).sum(dim=-1)).mean(dim=1).sum()
        optimization.descend(self.optimizers["actor"], actor_loss)

        if settings.entropy != "fixed":
            optimization.descend(self.optimizers["temperature"], self._temperature_loss(entropy.detach()))
        optimization.soft_update(self.target, self.critic, settings.tau)  # eq. 17
        n = len(batch.action)
        return {
            "actor_loss": actor_loss / n,
            "critic_loss": critic_loss / (2 * n),
            "entropy": entropy.mean(),
            "alpha": alpha.mean(),
        }

    def _temperature_loss(self, entropy: Tensor) -> Tensor:
        """Eq. 16 as it is printed, or with the sign of the public code, for the chosen target; entropies (G, K)."""
        alpha = self.temperature.log_alpha.exp()[:, None]
        settings = self.settings
        if settings.entropy == "printed":
            return ((-entropy - settings.target_entropy) * alpha).mean(dim=1).sum()
        target = settings.target_entropy
        if settings.entropy == "scaled":
            target = SHARE_OF_LARGEST * math.log(self.actor.n_actions)
        return ((entropy - target) * alpha).mean(dim=1).sum()

    def _start(self, latent: Tensor) -> Tensor:
        """x_I: the latent, or fresh noise."""
        return latent if self.settings.start == "latent" else torch.randn(latent.shape, generator=self.generator)

    def _log_policy(self, observation: Tensor, latent: Tensor, noise: Tensor) -> Tensor:
        return (self.actor(observation, latent, noise) / self.settings.softness).log_softmax(dim=-1)

    @staticmethod
    def _twins(critic: StackedMLP, observation: Tensor) -> Tensor:
        """Values (2 G, K, A): the first critics of all agents, then the second ones."""
        values: Tensor = critic(observation.repeat(2, 1, 1))
        return values

    def _least(self, critic: StackedMLP, observation: Tensor) -> Tensor:
        """The lower value of both critics (G, K, A)."""
        first, second = self._twins(critic, observation).chunk(2)
        return torch.minimum(first, second)
