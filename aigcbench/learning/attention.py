"""Denoising chains with attention: across the tokens of an observation, or across the batch as in ADSAC's public code."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from aigcbench.learning.diffusion import EMBEDDING, STEP_HIDDEN, DenoisingActor, DenoisingChain
from aigcbench.learning.networks import ACTIVATIONS, linear
from aigcbench.learning.schedule import ReverseProcess
from aigcbench.learning.tokens import TokenLayout


class Attention(nn.Module):
    """Multi-head scaled dot-product attention (Vaswani et al., 2017, section 3.2)."""

    def __init__(self, width: int, heads: int, generator: torch.Generator) -> None:
        super().__init__()
        self.query, self.key, self.value, self.out = (linear(width, width, generator) for _ in range(4))
        self._heads = heads

    def forward(self, asking: Tensor, asked: Tensor) -> Tensor:
        """What tokens (N, A, W) read from tokens (N, M, W)."""
        n, width = asking.shape[0], asking.shape[-1]
        shape = n, -1, self._heads, width // self._heads
        query, key, value = (
            layer(tokens).view(shape).transpose(1, 2)
            for layer, tokens in ((self.query, asking), (self.key, asked), (self.value, asked))
        )
        weights = (query @ key.transpose(2, 3) / math.sqrt(shape[-1])).softmax(dim=3)
        return self.out((weights @ value).transpose(1, 2).reshape(n, -1, width))


class TokenActor(DenoisingChain[tuple[Tensor, Tensor]]):
    """One token for each server, one for each service, one for the task; logits from the services' tokens.

    A service's token knows which service it is by a learned vector of its own, for utilities are nowhere in the observation.
    Attention across tokens depends on the observation alone, so that it is computed once for a whole chain; each step then
    works on the services' tokens one by one, with the same weights for all of them.

    Parameters
    ----------
    layout
        Where the observation shows what.
    width
        W, units of a token and of the hidden layer after it.
    heads
        Attention heads, a divisor of ``width``.
    """

    def __init__(
        self,
        layout: TokenLayout,
        width: int,
        heads: int,
        activation: str,
        process: ReverseProcess,
        generator: torch.Generator,
    ) -> None:
        super().__init__(len(layout.service_server), process)
        self.task = linear(len(layout.task), width, generator)
        self.server = linear(2, width, generator)
        self.service = nn.Parameter(torch.randn(self.n_actions, width, generator=generator))
        self.attention = Attention(width, heads, generator)
        self.first = linear(width, width, generator)
        self.second = linear(width, width, generator)
        self.step_first = linear(EMBEDDING, STEP_HIDDEN, generator)
        self.step_second = linear(STEP_HIDDEN, width, generator)
        self.of_action = nn.Parameter(torch.randn(width, generator=generator))
        self.last = linear(width, 1, generator)
        self._activation = ACTIVATIONS[activation]
        self._task_at, self._servers_at, self._server_of = (
            torch.from_numpy(entries) for entries in (layout.task, layout.servers, layout.service_server)
        )

    def encode(self, observation: Tensor) -> tuple[Tensor, Tensor]:
        """The second layer's terms of each service's token (N, A, W) and of each step (T, W)."""
        task = self.task(observation[:, self._task_at])[:, None]
        servers = self.server(observation[:, self._servers_at])
        services = self.service + servers[:, self._server_of] + task
        services = services + self.attention(services, torch.cat([task, servers, services], dim=1))
        steps = self.step_second(self._activation(self.step_first(self._embedding)))
        return self.second(self._activation(self.first(services))), steps

    def output(self, encoded: tuple[Tensor, Tensor], x: Tensor, position: int | Tensor) -> Tensor:
        services, steps = encoded
        own_steps = steps[position] if isinstance(position, int) else steps[position][:, None]
        return self.last(self._activation(services + own_steps + x[..., None] * self.of_action)).squeeze(2)


class BatchAttentionActor(DenoisingActor):
    """The network of Table I with attention between the samples of a batch, where the public code has it.

    What a sample's logits are depends on which others happen to be beside it; alone, attention is a linear layer.
    """

    def __init__(
        self,
        n_observation: int,
        n_actions: int,
        hidden: int,
        heads: int,
        activation: str,
        process: ReverseProcess,
        generator: torch.Generator,
    ) -> None:
        super().__init__(n_observation, n_actions, hidden, activation, process, generator)
        self.attention = Attention(hidden, heads, generator)

    def output(self, encoded: tuple[Tensor, Tensor], x: Tensor, position: int | Tensor) -> Tensor:
        hidden = self.first_layer(encoded, x, position)[None]
        return self.last_layers(self.attention(hidden, hidden)[0])
