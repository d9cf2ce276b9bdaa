"""Deep deterministic policy gradient, whatever the actor is (Lillicrap et al., ICLR 2016; T2DRL, Section 6.2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from aigcbench.learning import optimization

HALF = 0.5  # eq. 24


class Experience(NamedTuple):
    """B transitions; states are whatever actor and critic take."""

    state: Any
    action: Tensor  # (B, A)
    returns: Tensor  # (B,)
    discount: Tensor  # (B,), 0 where nothing follows
    next_state: Any


class DeterministicPolicyGradient:
    """A critic learns from replayed transitions, an actor from the critic's gradient.

    Parameters
    ----------
    actor
        ``actor(state, generator)`` gives actions (B, A).
    critic
        ``critic(state, action)`` gives values (B,).
    rate
        Of Adam, for both.
    tau
        How fast target networks follow.
    """

    def __init__(
        self, actor: nn.Module, critic: nn.Module, rate: float, tau: float, generator: torch.Generator
    ) -> None:
        self.actor, self.critic, self._tau, self._generator = actor, critic, tau, generator
        self._target_actor, self._target_critic = optimization.frozen_copy(actor), optimization.frozen_copy(critic)
        self.modules = {
            "actor": actor,
            "critic": critic,
            "target_actor": self._target_actor,
            "target_critic": self._target_critic,
        }
        self.optimizers = {"actor": optimization.adam(actor, rate), "critic": optimization.adam(critic, rate)}

    def update(self, batch: Experience) -> Mapping[str, Tensor]:
        """One update of critic, actor and targets; return both losses."""
        with torch.no_grad():  # eq. 24b
            wanted = batch.returns
            if bool(batch.discount.any()):
                following = self._target_actor(batch.next_state, self._generator)
                wanted = wanted + batch.discount * self._target_critic(batch.next_state, following)
        critic_loss = HALF * functional.mse_loss(self.critic(batch.state, batch.action), wanted)
        optimization.descend(self.optimizers["critic"], critic_loss)
        self.critic.requires_grad_(False)  # only the gradient by the action is wanted from it
        actor_loss = -self.critic(batch.state, self.actor(batch.state, self._generator)).mean()  # eq. 26
        optimization.descend(self.optimizers["actor"], actor_loss)
        self.critic.requires_grad_(True)
        optimization.soft_update(self._target_actor, self.actor, self._tau)  # eqs. 28 and 29
        optimization.soft_update(self._target_critic, self.critic, self._tau)
        return {"actor_loss": actor_loss, "critic_loss": critic_loss}
