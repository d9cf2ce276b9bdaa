"""Actor and critic over slot states: shares from a network or a denoising chain, and what they are worth."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from aigcbench.learning.denoiser import Denoiser
from aigcbench.learning.networks import MLP
from aigcbench.problems.caching.two_timescale.features import LARGEST_LOGIT, by_group, by_share

SMALLEST_SHARE = 1e-5  # of a logarithm in the critic
TYPICAL_SHARE = 0.1  # of the band; brings its logarithm near 0


class SlotState(NamedTuple):
    """B slot decisions."""

    features: Tensor  # (B, G, F)
    hit: Tensor  # (B, U) 0 or 1


class Amender(NamedTuple):
    """The text after eq. 22, differentiable; `aigcbench.problems.caching.amender` decides with the same rules.

    Parameters
    ----------
    uses_all
        Whether step shares are divided by their sum in any case (``paper``), or only where they exceed 1 (``ours``).
    step_range
        Share of the steps that a wish of 1 stands for.
    """

    uses_all: bool
    step_range: float

    def __call__(self, wishes: Tensor, hit: Tensor) -> Tensor:
        """Shares (B, 2, U) from wishes (B, 2, U) in [0, 1]."""
        bandwidth = wishes[:, 0] / wishes[:, 0].sum(dim=1, keepdim=True)
        steps = wishes[:, 1] * hit * self.step_range
        total = steps.sum(dim=1, keepdim=True)
        steps = steps / (total.clamp(min=SMALLEST_SHARE) if self.uses_all else total.clamp(min=1.0))
        return torch.stack([bandwidth, steps], dim=1)


class ShareActor(nn.Module):
    """Legal shares from a slot state.

    Parameters
    ----------
    network
        `Denoiser` or `MLP` over features.
    gain
        What its outputs are multiplied by before the sigmoid that makes them wishes.
    """

    def __init__(self, network: Denoiser | MLP, gain: float, amender: Amender) -> None:
        super().__init__()
        self.network = network
        self._gain, self._amender = gain, amender

    def logits(self, state: SlotState, generator: torch.Generator) -> Tensor:
        """Wishes before the sigmoid (B, 2, U)."""
        if isinstance(self.network, Denoiser):
            rows = state.features.flatten(0, 1)
            outputs = self.network(rows, self.network.draw_noise(len(rows), generator))
            outputs = outputs.reshape(*state.features.shape[:2], -1)
        else:
            outputs = self.network(state.features)
        logits: Tensor = self._gain * by_share(outputs, state.hit.shape[1])
        return logits.clamp(-LARGEST_LOGIT, LARGEST_LOGIT)

    def shares_of(self, logits: Tensor, hit: Tensor) -> Tensor:
        """Shares (B, 2, U) from logits of that shape."""
        return self._amender(torch.sigmoid(logits), hit)

    def forward(self, state: SlotState, generator: torch.Generator) -> Tensor:
        """Shares (B, 2U)."""
        return self.shares_of(self.logits(state, generator), state.hit).flatten(1)


class ShareCritic(nn.Module):
    """Value of shares in a slot state: the mean over the groups of what one network gives each.

    Parameters
    ----------
    network
        Over a group's features and shares.
    logarithmic
        Whether it sees the logarithm of a bandwidth share, of which the delay is nearly a straight line, and steps as shares of
        ``step_range``; otherwise shares as they are.
    """

    def __init__(self, network: MLP, logarithmic: bool, step_range: float) -> None:
        super().__init__()
        self.network = network
        self._logarithmic, self._step_range = logarithmic, step_range

    def forward(self, state: SlotState, action: Tensor) -> Tensor:
        """Values (B,) of actions (B, 2U)."""
        shares = action.reshape(len(action), 2, -1)
        if self._logarithmic:
            bandwidth = (shares[:, 0].clamp(min=SMALLEST_SHARE) / TYPICAL_SHARE).log()
            shares = torch.stack([bandwidth, shares[:, 1] / self._step_range], dim=1)
        seen = torch.cat([state.features, by_group(shares, state.features.shape[1])], dim=-1)
        return self.network(seen).squeeze(-1).mean(dim=1)
