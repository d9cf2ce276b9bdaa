"""Masked distributions: actions that are not allowed have no probability."""

from __future__ import annotations

import torch
from torch import Tensor

FORBIDDEN = -1e9  # finite, so that 0 * FORBIDDEN stays 0 in expectations and gradients


def masked(scores: Tensor, allowed: Tensor | None) -> Tensor:
    """Scores (..., A) with those of actions that are not allowed far below all others; as they are without a mask."""
    return scores if allowed is None else scores.masked_fill(~allowed, FORBIDDEN)


def sample(probabilities: Tensor, generator: torch.Generator) -> Tensor:
    """One action (N,) int64 from each row of probabilities (N, A)."""
    return torch.multinomial(probabilities, 1, generator=generator).squeeze(1)


def uniform(n: int, n_actions: int, allowed: Tensor | None, generator: torch.Generator) -> Tensor:
    """One action (n,) int64 in each row, uniformly among those allowed."""
    weights = torch.ones(n, n_actions) if allowed is None else allowed.float()
    return sample(weights, generator)
