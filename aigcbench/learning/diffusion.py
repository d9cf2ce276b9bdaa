"""The denoising chain as a policy: from Gaussian noise to action logits, conditioned on the observation (AGOD, TMC 2024)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

from aigcbench.learning.networks import ACTIVATIONS, linear
from aigcbench.learning.schedule import ReverseProcess, step_embedding

EMBEDDING = 16  # units of the step embedding (Table I)
STEP_HIDDEN = 32

Encoded = TypeVar("Encoded")


class DenoisingChain(nn.Module, ABC, Generic[Encoded]):
    """A network run through the reverse process of eqs. 9 to 14; subclasses say how it sees observation, x_t and t.

    Parameters
    ----------
    n_actions
        A.
    process
        T reverse steps.
    """

    def __init__(self, n_actions: int, process: ReverseProcess) -> None:
        super().__init__()
        self.n_actions, self.process = n_actions, process
        self.register_buffer("_embedding", torch.from_numpy(step_embedding(process.step, EMBEDDING)), persistent=False)

    @abstractmethod
    def encode(self, observation: Tensor) -> Encoded:
        """What observations (N, D) contribute, the same in every step of the chain."""

    @abstractmethod
    def output(self, encoded: Encoded, x: Tensor, position: int | Tensor) -> Tensor:
        """The network's output (N, A), before its tanh, for x_t (N, A) at the chain's step ``position`` (one, or (N,) int64)."""

    def draw_noise(self, n: int, generator: torch.Generator) -> Tensor:
        """Standard normal noise (T, n, A) for `forward`."""
        return torch.randn(len(self.process), n, self.n_actions, generator=generator)

    def predict(self, observation: Tensor, x: Tensor, position: int | Tensor) -> Tensor:
        """What the network predicts (N, A), noise or x_0, from x_t (N, A) at one step of the chain, counted from t = T as 0."""
        return torch.tanh(self.output(self.encode(observation), x, position))

    def forward(self, observation: Tensor, noise: Tensor) -> Tensor:
        """x_0 (N, A) for observations (N, D) and noise (T, N, A): x_T, then what is added in each step but the last."""
        process, encoded = self.process, self.encode(observation)
        x = noise[0]
        for k in range(len(process)):
            x = process.back(k, x, torch.tanh(self.output(encoded, x, k)))
            if k + 1 < len(process):
                x = x + float(process.noise[k]) * noise[k + 1]
        return x


class DenoisingActor(DenoisingChain[tuple[Tensor, Tensor]]):
    """The noise network of Table I.

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
        super().__init__(n_actions, process)
        self.step_first = linear(EMBEDDING, STEP_HIDDEN, generator)
        self.step_second = linear(STEP_HIDDEN, EMBEDDING, generator)
        self.first = linear(n_actions + EMBEDDING + n_observation, hidden, generator)
        self.second = linear(hidden, hidden, generator)
        self.last = linear(hidden, n_actions, generator)
        self._activation = ACTIVATIONS[activation]

    def encode(self, observation: Tensor) -> tuple[Tensor, Tensor]:
        """The first layer's terms of the observation (N, H) and of each step (T, H).

        Its product with the concatenation (x, t, s) is a sum of three, of which only the first changes along the chain.
        """
        of_step, of_observation = torch.split(
            self.first.weight[:, self.n_actions :], [EMBEDDING, observation.shape[-1]], dim=1
        )
        steps = self.step_second(self._activation(self.step_first(self._embedding))) @ of_step.T
        return observation @ of_observation.T + self.first.bias, steps

    def output(self, encoded: tuple[Tensor, Tensor], x: Tensor, position: int | Tensor) -> Tensor:
        return self.last_layers(self.first_layer(encoded, x, position))

    def first_layer(self, encoded: tuple[Tensor, Tensor], x: Tensor, position: int | Tensor) -> Tensor:
        """Units (N, H) of the first hidden layer."""
        fixed, steps = encoded
        of_action = self.first.weight[:, : self.n_actions]
        return self._activation(torch.addmm(fixed + steps[position], x, of_action.T))

    def last_layers(self, hidden: Tensor) -> Tensor:
        """The output (N, A) for units (N, H) of the first hidden layer."""
        return self.last(self._activation(self.second(hidden)))
