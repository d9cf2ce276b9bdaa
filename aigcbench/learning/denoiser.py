"""A denoising chain with any number of hidden layers, for continuous actions (Liu et al., T2DRL, Section 5)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from aigcbench.learning.diffusion import EMBEDDING, DenoisingChain
from aigcbench.learning.networks import MLP
from aigcbench.learning.schedule import ReverseProcess


class Denoiser(DenoisingChain[Tensor]):
    """One fully connected network that sees x_t, a sinusoidal embedding of t and the observation, side by side.

    Parameters
    ----------
    n_observation, n_actions
        D, and A entries of x.
    hidden
        Units of each hidden layer.
    process
        T reverse steps.
    """

    def __init__(
        self,
        n_observation: int,
        n_actions: int,
        hidden: Sequence[int],
        activation: str,
        process: ReverseProcess,
        generator: torch.Generator,
    ) -> None:
        super().__init__(n_actions, process)
        self.network = MLP((n_actions + EMBEDDING + n_observation, *hidden, n_actions), activation, generator)

    def encode(self, observation: Tensor) -> Tensor:
        return observation

    def output(self, encoded: Tensor, x: Tensor, position: int | Tensor) -> Tensor:
        embedding: Tensor = self._embedding  # type: ignore[assignment]
        step = embedding[position].expand(len(x), EMBEDDING)
        return self.network(torch.cat([x, step, encoded], dim=1))
