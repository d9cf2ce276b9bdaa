"""Learning a denoising chain from given actions, a step of it at a time, without differentiating through the chain."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from aigcbench.learning.diffusion import DenoisingChain
from aigcbench.learning.schedule import ReverseProcess


def noised(process: ReverseProcess, x_0: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """The forward process (eq. 8): x_t (N, A) at a random step of each row, the noise in it, and where in the chain it is (N,)."""
    position = torch.randint(len(process), (len(x_0),), generator=generator)
    epsilon = torch.randn(x_0.shape, generator=generator)
    signal = torch.tensor(process.signal.copy(), dtype=x_0.dtype)[position, None]
    return signal * x_0 + (1.0 - signal.square()).sqrt() * epsilon, epsilon, position


def one_hot(action: Tensor, n_actions: int) -> Tensor:
    """The x_0 (N, A) of actions (N,): 1 at the action and -1 elsewhere, the corners of what the network's tanh can reach."""
    x_0 = torch.full((len(action), n_actions), -1.0)
    return x_0.scatter_(1, action[:, None], 1.0)


def prediction_loss(
    actor: DenoisingChain[Any],
    observation: Tensor,
    x_0: Tensor,
    generator: torch.Generator,
    allowed: Tensor | None = None,
) -> Tensor:
    """Mean square error of the noise, or of x_0 where the network predicts that, at a random step (Ho et al., 2020, eq. 14).

    Only entries of allowed actions count: the others need not be learnt, since the mask forbids them at every decision.
    """
    x, epsilon, position = noised(actor.process, x_0, generator)
    wanted = x_0 if actor.process.predicts_start else epsilon
    error = (actor.predict(observation, x, position) - wanted).square()
    return error.mean() if allowed is None else (error * allowed).sum() / allowed.sum()
