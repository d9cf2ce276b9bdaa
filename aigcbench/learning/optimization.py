"""Optimisers and target networks."""

from __future__ import annotations

import copy
import math
from typing import TypeVar

import torch
from torch import nn

Module = TypeVar("Module", bound=nn.Module)


def frozen_copy(online: Module) -> Module:
    """A copy that takes no gradients."""
    target = copy.deepcopy(online)
    target.requires_grad_(False)
    return target


def soft_update(target: nn.Module, online: nn.Module, rate: float) -> None:
    """Move the target's parameters by ``rate`` (tau) towards the online ones."""
    with torch.no_grad():
        torch._foreach_lerp_(list(target.parameters()), list(online.parameters()), rate)


def adam(module: nn.Module, rate: float, weight_decay: float = 0.0) -> torch.optim.Optimizer:
    """Adam over a module's parameters, in one fused pass."""
    return torch.optim.Adam(module.parameters(), lr=rate, weight_decay=weight_decay, fused=True)


def descend(optimizer: torch.optim.Optimizer, loss: torch.Tensor, maximum_norm: float = math.inf) -> None:
    """One step of gradient descent, on a gradient of at most ``maximum_norm``."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    if math.isfinite(maximum_norm):
        nn.utils.clip_grad_norm_(optimizer.param_groups[0]["params"], maximum_norm)
    optimizer.step()
