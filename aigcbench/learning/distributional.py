"""Distributions of returns on a fixed support (C51), from a dueling network with noisy layers."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from aigcbench.learning.networks import ACTIVATIONS, linear


class NoisyLinear(nn.Module):
    """A fully connected layer whose weights are drawn anew on demand, as far apart as it learns to (Fortunato et al., ICLR 2018).

    Factorised Gaussian noise; without noise it is its mean.

    Parameters
    ----------
    spread
        sigma_0: standard deviation of the weights at first, in units of 1 / sqrt(inputs).
    """

    def __init__(self, inputs: int, outputs: int, spread: float, generator: torch.Generator) -> None:
        super().__init__()
        mean = linear(inputs, outputs, generator)
        self.weight, self.bias = mean.weight, mean.bias
        deviation = spread / math.sqrt(inputs)
        self.weight_deviation = nn.Parameter(torch.full((outputs, inputs), deviation))
        self.bias_deviation = nn.Parameter(torch.full((outputs,), deviation))

    def draw_noise(self, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Noise of the inputs and the outputs, for `forward`."""
        noise = (torch.randn(size, generator=generator) for size in reversed(self.weight.shape))
        of_inputs, of_outputs = (one.sign() * one.abs().sqrt() for one in noise)
        return of_inputs, of_outputs

    def forward(self, x: Tensor, noise: tuple[Tensor, Tensor] | None) -> Tensor:
        """Outputs (N, O) for inputs (N, I)."""
        result = functional.linear(x, self.weight, self.bias)
        if noise is None:
            return result
        of_inputs, of_outputs = noise
        # The noise of weight (o, i) is the product of that of output o and input i, so that no second weight matrix is made.
        deviation = functional.linear(x * of_inputs, self.weight_deviation, self.bias_deviation)
        return result + deviation * of_outputs


class DuelingDistribution(nn.Module):
    """A distribution of the return for every action: that of the state, shifted by each action's advantage.

    Parameters
    ----------
    atoms
        Z, points of the support.
    spread
        See `NoisyLinear`.
    """

    def __init__(
        self,
        n_observation: int,
        n_actions: int,
        hidden: int,
        activation: str,
        atoms: int,
        spread: float,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.trunk = linear(n_observation, hidden, generator)
        self.value_first = NoisyLinear(hidden, hidden, spread, generator)
        self.value_last = NoisyLinear(hidden, atoms, spread, generator)
        self.advantage_first = NoisyLinear(hidden, hidden, spread, generator)
        self.advantage_last = NoisyLinear(hidden, n_actions * atoms, spread, generator)
        self.n_actions, self.atoms = n_actions, atoms
        self._activation = ACTIVATIONS[activation]

    def draw_noise(self, generator: torch.Generator) -> list[tuple[Tensor, Tensor]]:
        """Noise of all noisy layers, for `forward`."""
        layers = (self.value_first, self.value_last, self.advantage_first, self.advantage_last)
        return [layer.draw_noise(generator) for layer in layers]

    def forward(self, observation: Tensor, noise: list[tuple[Tensor, Tensor]] | None) -> Tensor:
        """Logarithms of the probabilities (N, A, Z) of the support's points; by the mean weights where ``noise`` is None."""
        drawn = [None] * 4 if noise is None else noise
        shared = self._activation(self.trunk(observation))
        value = self.value_last(self._activation(self.value_first(shared, drawn[0])), drawn[1])
        advantage = self.advantage_last(self._activation(self.advantage_first(shared, drawn[2])), drawn[3])
        advantage = advantage.unflatten(1, (self.n_actions, self.atoms))
        return (value[:, None] + advantage - advantage.mean(dim=1, keepdim=True)).log_softmax(dim=2)


def projected(probabilities: Tensor, returns: Tensor, discount: Tensor, support: Tensor) -> Tensor:
    """The distribution of ``returns + discount * z`` laid onto the support (Bellemare et al., ICML 2017, Algorithm 1).

    Parameters
    ----------
    probabilities
        (B, Z) of what follows.
    returns, discount
        (B,).
    support
        (Z,) evenly spaced; what lies beyond its ends counts as the ends.

    Returns
    -------
    Tensor
        Probabilities (B, Z).
    """
    low, high = support[0], support[-1]
    moved = (returns[:, None] + discount[:, None] * support).clamp(low, high)
    place = ((moved - low) / (high - low) * (len(support) - 1)).clamp(0, len(support) - 1)
    below = place.floor()
    share = place - below
    above = (below + 1).clamp(max=len(support) - 1)
    result = torch.zeros_like(probabilities)
    result.scatter_add_(1, below.long(), probabilities * (1 - share))
    return result.scatter_add_(1, above.long(), probabilities * share)
