"""What learners of action values share: exploration by chance, and a network with its target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from aigcbench.learning.learner import OffPolicyLearner
from aigcbench.learning.policy import LearnedPolicy
from aigcbench.learning.settings import ReplaySettings
from aigcbench.solver import parameter

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn


class EpsilonGreedyLearner(ReplaySettings):
    """Parameters of learners that explore by random actions, fewer and fewer of them."""

    learning_rate: float = parameter(1e-3, "of Adam", minimum=0.0, maximum=1.0)
    first_exploration: float = parameter(1.0, "share of random actions at first", minimum=0.0, maximum=1.0)
    last_exploration: float = parameter(0.02, "share of random actions later", minimum=0.0, maximum=1.0)
    exploration_time: float = parameter(
        0.2, "share of the training in which it falls from first to last", minimum=0.001, maximum=1.0
    )

    def mixed_with_chance(
        self, greedy: Tensor, allowed: Tensor | None, n_actions: int, share: float, generator: torch.Generator
    ) -> Tensor:
        """Greedy actions (N,), some replaced by random ones among those allowed; ``share`` of the training is done."""
        import torch

        from aigcbench.learning import masking

        fall = min(share / self.exploration_time, 1.0)
        epsilon = self.first_exploration * (1 - fall) + self.last_exploration * fall
        random = masking.uniform(len(greedy), n_actions, allowed, generator)
        return torch.where(torch.rand(len(greedy), generator=generator) < epsilon, random, greedy)


class QLearner(EpsilonGreedyLearner, OffPolicyLearner):
    """Takes the action of the highest output of a fully connected network."""

    def policy(self, weights: Mapping[str, np.ndarray]) -> LearnedPolicy:
        from aigcbench.learning.decisions import network_policy

        return network_policy(weights, "q", self.activation, self.masked)


class QNetwork:
    """A network of action values, its slowly following target, and exploration; subclasses add ``update(batch)``.

    Parameters
    ----------
    settings
        The learner.
    q
        From observations (N, D) to values (N, A).
    """

    def __init__(self, settings: QLearner, q: nn.Module, generator: torch.Generator) -> None:
        from aigcbench.learning import optimization

        self.settings, self.generator, self.q = settings, generator, q
        self.target = optimization.frozen_copy(q)
        self.modules = {"q": self.q, "target": self.target}
        self.optimizers = {"q": optimization.adam(self.q, settings.learning_rate)}

    def policy_modules(self) -> Mapping[str, nn.Module]:
        return {"q": self.q}

    def explore(self, observation: Tensor, allowed: Tensor | None, share: float) -> Tensor:
        values = self.q(observation)
        greedy = best_allowed(values, allowed)
        return self.settings.mixed_with_chance(greedy, allowed, values.shape[1], share, self.generator)

    def descend(self, loss: Tensor) -> None:
        """Follow the gradient of a loss, and let the target follow."""
        from aigcbench.learning import optimization

        optimization.descend(self.optimizers["q"], loss)
        optimization.soft_update(self.target, self.q, self.settings.tau)


def best_allowed(values: Tensor, allowed: Tensor | None) -> Tensor:
    """The action of the highest value (...,) int64 among those allowed, from values (..., A)."""
    from aigcbench.learning import masking

    return masking.masked(values, allowed).argmax(dim=-1)


def taken(values: Tensor, action: Tensor) -> Tensor:
    """The values (...,) of actions (...,), from those of all actions (..., A)."""
    return values.gather(-1, action.unsqueeze(-1)).squeeze(-1)


def fully_connected(settings: Any, n_observation: int, n_actions: int, generator: torch.Generator) -> nn.Module:
    """The usual network: two hidden layers from D observation entries to A values."""
    from aigcbench.learning import networks

    sizes = (n_observation, settings.hidden, settings.hidden, n_actions)
    return networks.MLP(sizes, settings.activation, generator)
