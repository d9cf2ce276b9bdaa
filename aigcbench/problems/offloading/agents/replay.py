"""A pool of transitions for each agent, all in the same tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor


class Transitions(NamedTuple):
    """K transitions of each of G agents.

    ``latent`` and ``next_latent`` are x_I before and after; ``place`` and ``next_place`` say which entry of the agent's latent
    memory they came from.
    """

    observation: Tensor  # (G, K, D) float32
    latent: Tensor  # (G, K, A) float32
    place: Tensor  # (G, K) int64
    action: Tensor  # (G, K) int64
    reward: Tensor  # (G, K) float32
    discount: Tensor  # (G, K) float32, 0 after an episode's last task
    next_observation: Tensor  # (G, K, D) float32
    next_latent: Tensor  # (G, K, A) float32
    next_place: Tensor  # (G, K) int64


class AgentReplay:
    """A ring of transitions for each agent, all of one agent equally likely to be drawn.

    Parameters
    ----------
    n, capacity, n_observation, n_actions
        G, transitions kept for each agent, D, A.
    """

    def __init__(self, n: int, capacity: int, n_observation: int, n_actions: int) -> None:
        shape = (n, capacity)
        self._store = Transitions(
            observation=torch.zeros(*shape, n_observation),
            latent=torch.zeros(*shape, n_actions),
            place=torch.zeros(shape, dtype=torch.int64),
            action=torch.zeros(shape, dtype=torch.int64),
            reward=torch.zeros(shape),
            discount=torch.zeros(shape),
            next_observation=torch.zeros(*shape, n_observation),
            next_latent=torch.zeros(*shape, n_actions),
            next_place=torch.zeros(shape, dtype=torch.int64),
        )
        self._capacity = capacity
        self._agents = torch.arange(n)[:, None]
        self._next = torch.zeros(n, dtype=torch.int64)
        self._size = torch.zeros(n, dtype=torch.int64)

    @property
    def least(self) -> int:
        """Transitions of the agent that has the fewest."""
        return int(self._size.min())

    def add(self, transitions: Transitions, mask: Tensor) -> None:
        """Store those transitions that ``mask`` (G, K) bool marks; the last of more than fit."""
        counts = mask.sum(dim=1)
        order = mask.cumsum(dim=1)
        kept = mask & (order > (counts - self._capacity)[:, None])
        group, column = kept.nonzero(as_tuple=True)
        places = (self._next[group] + order[group, column] - 1) % self._capacity
        for store, new in zip(self._store, transitions, strict=True):
            store[group, places] = new[group, column]
        self._next = (self._next + counts) % self._capacity
        self._size = (self._size + counts).clamp(max=self._capacity)

    def sample(self, batch: int, generator: torch.Generator) -> Transitions:
        """Draw ``batch`` transitions of every agent with replacement."""
        share = torch.rand(len(self._size), batch, generator=generator)
        places = (share * self._size[:, None]).long()
        return Transitions(*(store[self._agents, places] for store in self._store))

    def mean_value(self) -> float:
        """The value of behaving as before, in the mean over all that is stored (the fixed point of its transitions)."""
        stored = torch.arange(self._capacity) < self._size[:, None]
        return float(self._store.reward[stored].mean() / (1.0 - self._store.discount[stored].mean()))

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything that is stored, by name."""
        stored = {name: store.numpy() for name, store in self._store._asdict().items()}
        return stored | {"next": self._next.numpy(), "size": self._size.numpy()}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go back to what `arrays` gave."""
        for name, store in self._store._asdict().items():
            store.copy_(torch.from_numpy(np.array(arrays[name])))
        self._next = torch.from_numpy(np.array(arrays["next"]))
        self._size = torch.from_numpy(np.array(arrays["size"]))
