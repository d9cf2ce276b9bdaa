"""Learning a denoising chain from a given x_0, a step of it at a time, without differentiating through the chain."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from aigcbench.learning import masking
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


def estimated_start(process: ReverseProcess, x: Tensor, output: Tensor, position: Tensor) -> Tensor:
    """What the network's output (N, A) for x_t (N, A) says that x_0 is, each row at its own step of the chain (N,)."""
    of_x, of_output = (
        torch.tensor(coefficients.copy(), dtype=x.dtype)[position, None]
        for coefficients in (process.estimate_x, process.estimate_output)
    )
    return (of_x * x + of_output * output).clamp(-process.limit, process.limit)


def choice_loss(
    actor: DenoisingChain[Any],
    observation: Tensor,
    x_0: Tensor,
    temperature: float,
    generator: torch.Generator,
    allowed: Tensor | None = None,
) -> Tensor:
    """Cross-entropy between the choices of x_0 and of its estimate at a random step, both the softmax over a temperature.

    It is small where both choose alike, however far apart their logits are for actions that neither takes (the loss of
    Dieleman et al., Continuous diffusion for categorical data, 2022).
    """
    x, _, position = noised(actor.process, x_0, generator)
    estimate = estimated_start(actor.process, x, actor.predict(observation, x, position), position)
    wanted = masking.masked(x_0 / temperature, allowed).softmax(dim=1)
    return functional.cross_entropy(masking.masked(estimate / temperature, allowed), wanted)
