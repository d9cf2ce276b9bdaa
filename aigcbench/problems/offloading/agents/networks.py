"""The actors of all agents, stacked along a leading axis G: denoising chains, or one network each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from aigcbench.learning.networks import ACTIVATIONS, StackedMLP, linear
from aigcbench.learning.schedule import ReverseProcess, step_embedding
from aigcbench.problems.offloading.agents.limits import EMBEDDING

OUTPUTS = ("linear", "tanh", "softmax")
"""What the noise network may end in: nothing (the paper names none), tanh, or a softmax (its public code)."""


def embedded_steps(process: ReverseProcess) -> np.ndarray:
    """Embedding of each step of the chain (float32, I x 16); the public code counts them I - 1 to 0."""
    return step_embedding(process.step - 1, EMBEDDING)


class StackedChains(nn.Module):
    """LADN, the denoising chain of LAD-TS (its Fig. 4 and eq. 10), for G agents at once.

    The noise network takes (x, sinusoidal embedding of the step, observation) through two hidden layers of ``hidden`` units.

    Parameters
    ----------
    n, n_observation, n_actions, hidden
        G, D, A, H.
    activation
        Between layers; ReLU in the public code.
    output
        One of `OUTPUTS`.
    process
        I reverse steps.
    """

    def __init__(
        self,
        n: int,
        n_observation: int,
        n_actions: int,
        hidden: int,
        activation: str,
        output: str,
        process: ReverseProcess,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        sizes = (n_actions + EMBEDDING + n_observation, hidden), (hidden, hidden), (hidden, n_actions)
        agents = [[linear(inputs, outputs, generator) for inputs, outputs in sizes] for _ in range(n)]
        layers = list(zip(*agents, strict=True))
        self.weights = nn.ParameterList(torch.stack([one.weight.detach().T for one in layer]) for layer in layers)
        self.biases = nn.ParameterList(torch.stack([one.bias.detach()[None] for one in layer]) for layer in layers)
        self.n, self.n_actions, self.process, self._output = n, n_actions, process, output
        self._activation = ACTIVATIONS[activation]
        self._embedding = torch.from_numpy(embedded_steps(process))

    def draw_noise(self, rows: int, generator: torch.Generator) -> Tensor:
        """Standard normal noise (I - 1, G, rows, A) for `forward`."""
        return torch.randn(len(self.process) - 1, self.n, rows, self.n_actions, generator=generator)

    def forward(self, observation: Tensor, start: Tensor, noise: Tensor) -> Tensor:
        """x_0 (G, K, A) for observations (G, K, D), x_I (G, K, A), and what is added in each step but the last."""
        process, (first, second, last) = self.process, self.weights
        of_action, of_step, of_observation = torch.split(
            first, [self.n_actions, EMBEDDING, observation.shape[-1]], dim=1
        )
        steps = self._embedding @ of_step + self.biases[0]  # (G, I, H)
        fixed = torch.bmm(observation, of_observation)
        x = start
        for k in range(len(process)):
            hidden = self._activation(torch.baddbmm(fixed + steps[:, k : k + 1], x, of_action))
            hidden = self._activation(torch.baddbmm(self.biases[1], hidden, second))
            output = self._ended(torch.baddbmm(self.biases[2], hidden, last))
            # x_{i-1} = mean_x x + mean_estimate (estimate_x x + estimate_output o) + noise: no clipping, so two factors do.
            of_x = float(process.mean_x[k] + process.mean_estimate[k] * process.estimate_x[k])
            x = of_x * x + float(process.mean_estimate[k] * process.estimate_output[k]) * output
            if k + 1 < len(process):
                x = x + float(process.noise[k]) * noise[k]
        return x

    def _ended(self, output: Tensor) -> Tensor:
        if self._output == "softmax":
            return output.softmax(dim=-1)
        return torch.tanh(output) if self._output == "tanh" else output


class StackedLogits(nn.Module):
    """Action logits of G agents by one network each; fits where `StackedChains` does, without latents or noise.

    Parameters
    ----------
    n, sizes, activation
        As for `StackedMLP`.
    """

    def __init__(self, n: int, sizes: Sequence[int], activation: str, generator: torch.Generator) -> None:
        super().__init__()
        self.network = StackedMLP(n, sizes, activation, generator)
        self.n_actions = sizes[-1]

    def draw_noise(self, rows: int, generator: torch.Generator) -> Tensor:
        """None is needed."""
        return torch.empty(0)

    def forward(self, observation: Tensor, start: Tensor, noise: Tensor) -> Tensor:
        """Logits (G, K, A) for observations (G, K, D)."""
        logits: Tensor = self.network(observation)
        return logits
