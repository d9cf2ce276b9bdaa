"""Networks, initialised from a generator of their own rather than from torch's global one."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": functional.relu,
    "silu": functional.silu,
    "mish": functional.mish,
}


def linear(inputs: int, outputs: int, generator: torch.Generator) -> nn.Linear:
    """A fully connected layer with torch's usual initial distribution, uniform within 1 / sqrt(inputs)."""
    layer: nn.Linear = nn.utils.skip_init(nn.Linear, inputs, outputs)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.uniform_(-1 / math.sqrt(inputs), 1 / math.sqrt(inputs), generator=generator)
    return layer


class MLP(nn.Module):
    """Fully connected layers with an activation between them.

    Parameters
    ----------
    sizes
        Inputs, hidden units of each layer, outputs.
    activation
        A key of `ACTIVATIONS`.
    """

    def __init__(self, sizes: Sequence[int], activation: str, generator: torch.Generator) -> None:
        super().__init__()
        self.layers = nn.ModuleList(linear(inputs, outputs, generator) for inputs, outputs in pairwise(sizes))
        self._activation = ACTIVATIONS[activation]

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (..., O) for inputs (..., I)."""
        for layer in self.layers[:-1]:
            x = self._activation(layer(x))
        return self.layers[-1](x)


class StackedMLP(nn.Module):
    """G networks of one shape, evaluated as batched products.

    Parameters
    ----------
    n
        G.
    sizes, activation
        As for `MLP`.
    """

    def __init__(self, n: int, sizes: Sequence[int], activation: str, generator: torch.Generator) -> None:
        super().__init__()
        networks = [MLP(sizes, activation, generator) for _ in range(n)]
        layers = list(zip(*(network.layers for network in networks), strict=True))
        self.weights = nn.ParameterList(torch.stack([one.weight.detach().T for one in layer]) for layer in layers)
        self.biases = nn.ParameterList(torch.stack([one.bias.detach()[None] for one in layer]) for layer in layers)
        self._activation = ACTIVATIONS[activation]

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (G, N, O) for inputs (G, N, I)."""
        last = len(self.weights) - 1
        for depth, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = torch.baddbmm(bias, x, weight)
            if depth < last:
                x = self._activation(x)
        return x


class TwinQ(StackedMLP):
    """Two networks with a value for every action, evaluated as one batched product (clipped double Q-learning)."""

    def __init__(self, sizes: Sequence[int], activation: str, generator: torch.Generator) -> None:
        super().__init__(2, sizes, activation, generator)

    def forward(self, observation: Tensor) -> Tensor:
        """Values (2, N, A) for observations (N, D)."""
        return super().forward(observation.expand(2, *observation.shape))

    def least(self, observation: Tensor) -> Tensor:
        """The lower of both values (N, A)."""
        return self(observation).amin(dim=0)
