"""The denoising chain as a policy: from Gaussian noise to action logits, conditioned on the observation (AGOD, TMC 2024)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from aigcbench.learning.networks import ACTIVATIONS, linear
from aigcbench.learning.schedule import ReverseProcess, step_embedding

EMBEDDING = 16  # units of the step embedding (Table I)
STEP_HIDDEN = 32


class DenoisingActor(nn.Module):
    """The noise network of Table I, run through the reverse process of eqs. 9 to 14.

    Parameters
    ----------
    n_observation, n_actions
        D and A.
    hidden
        Units of both hidden layers.
    activation
        Mish in the paper.
    process
        T reverse steps.
    """

    def __init__(
        self,
        n_observation: int,
        n_actions: int,
        hidden: int,
        activation: str,
        process: ReverseProcess,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.step_first = linear(EMBEDDING, STEP_HIDDEN, generator)
        self.step_second = linear(STEP_HIDDEN, EMBEDDING, generator)
        self.first = linear(n_actions + EMBEDDING + n_observation, hidden, generator)
        self.second = linear(hidden, hidden, generator)
        self.last = linear(hidden, n_actions, generator)
        self.n_actions, self.process = n_actions, process
        self._activation = ACTIVATIONS[activation]
        self.register_buffer("_embedding", torch.from_numpy(step_embedding(process.step, EMBEDDING)), persistent=False)

    def draw_noise(self, n: int, generator: torch.Generator) -> Tensor:
        """Standard normal noise (T, n, A) for `forward`."""
        return torch.randn(len(self.process), n, self.n_actions, generator=generator)

    def forward(self, observation: Tensor, noise: Tensor) -> Tensor:
        """x_0 (N, A) for observations (N, D) and noise (T, N, A): x_T, then what is added in each step but the last."""
        process = self.process
        of_action, of_step, of_observation = torch.split(
            self.first.weight, [self.n_actions, EMBEDDING, observation.shape[-1]], dim=1
        )
        # The first layer's product with the concatenation (x, t, s) is a sum of three, of which only the first changes
        # along the chain.
        steps = self.step_second(self._activation(self.step_first(self._embedding))) @ of_step.T
        fixed = observation @ of_observation.T + self.first.bias
        x = noise[0]
        for k in range(len(process)):
            hidden = self._activation(torch.addmm(fixed + steps[k], x, of_action.T))
            output = torch.tanh(self.last(self._activation(self.second(hidden))))
            estimate = float(process.estimate_output[k]) * output
            if process.estimate_x[k] != 0.0:
                estimate = estimate + float(process.estimate_x[k]) * x
            if math.isfinite(process.limit):
                estimate = estimate.clamp(-process.limit, process.limit)
            x = float(process.mean_x[k]) * x + float(process.mean_estimate[k]) * estimate
            if k + 1 < len(process):
                x = x + float(process.noise[k]) * noise[k + 1]
        return x
