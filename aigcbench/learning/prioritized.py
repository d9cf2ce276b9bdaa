"""Prioritized experience replay: a sum tree over the ring, and learning from it (Schaul et al., ICLR 2016)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import gymnasium
import numpy as np
import torch
from torch import Tensor

from aigcbench.learning.collection import spaces_of
from aigcbench.learning.off_policy import OffPolicyAlgorithm, OffPolicyTurns
from aigcbench.learning.replay import Transitions, UniformReplay

if TYPE_CHECKING:
    from aigcbench.learning.settings import PrioritizedSettings

SMALLEST = 1e-6  # added to errors, so that nothing is never drawn again


class SumTree:
    """Non-negative numbers under a binary tree of sums: setting and drawing a batch takes the tree's depth.

    Parameters
    ----------
    capacity
        How many numbers there are; all are 0 at first.
    """

    def __init__(self, capacity: int) -> None:
        self._depth = max(1, (capacity - 1).bit_length())
        self._leaves = 1 << self._depth
        self._sums = np.zeros(2 * self._leaves)  # node k has children 2k and 2k + 1; the root is 1

    @property
    def total(self) -> float:
        """The sum of all numbers."""
        return float(self._sums[1])

    def __getitem__(self, places: np.ndarray) -> np.ndarray:
        return self._sums[self._leaves + places]

    def __setitem__(self, places: np.ndarray, values: np.ndarray) -> None:
        """Set numbers; where a place is given twice its last value counts."""
        nodes = self._leaves + places
        self._sums[nodes] = values
        for _ in range(self._depth):
            nodes = np.unique(nodes // 2)
            self._sums[nodes] = self._sums[2 * nodes] + self._sums[2 * nodes + 1]

    def find(self, points: np.ndarray) -> np.ndarray:
        """The place under which each point of 0..total falls, when the numbers are laid end to end (int64)."""
        nodes, rest = np.ones(len(points), np.int64), points.astype(np.float64)
        for _ in range(self._depth):
            left = self._sums[2 * nodes]
            # Rounding may leave a point beyond the last number: never go where nothing is.
            goes_right = (rest >= left) & (self._sums[2 * nodes + 1] > 0.0)
            rest = np.where(goes_right, rest - left, rest)
            nodes = 2 * nodes + goes_right
        return nodes - self._leaves


class PrioritizedReplay(UniformReplay):
    """A ring whose transitions are drawn in proportion to ``(|error| + 1e-6) ** alpha``; new ones count as the largest so far.

    Parameters
    ----------
    alpha
        0 draws uniformly.
    """

    def __init__(self, capacity: int, n_observation: int, alpha: float) -> None:
        super().__init__(capacity, n_observation)
        self._alpha, self._tree, self._largest = alpha, SumTree(capacity), 1.0

    def add(self, transitions: Transitions) -> Tensor:
        places = super().add(transitions)
        self._tree[places.numpy()] = np.full(len(places), self._largest)
        return places

    def draw(self, batch: int, beta: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Places of a batch (int64, B), one from each of B equal parts, and importance weights (float32, B) of at most 1.

        ``beta`` 1 makes up for the uneven draw in full, 0 not at all.
        """
        jitter = torch.rand(batch, generator=generator, dtype=torch.float64).numpy()
        places = self._tree.find((np.arange(batch) + jitter) / batch * self._tree.total)
        weights = (self._tree[places] * len(self) / self._tree.total) ** -beta
        return torch.from_numpy(places), torch.from_numpy((weights / weights.max()).astype(np.float32))

    def update_errors(self, places: Tensor, errors: Tensor) -> None:
        """Take note of the temporal-difference errors (B,) of drawn transitions."""
        priorities = (errors.abs().double().numpy() + SMALLEST) ** self._alpha
        self._tree[places.numpy()] = priorities
        self._largest = max(self._largest, float(priorities.max()))

    def arrays(self) -> dict[str, np.ndarray]:
        priorities = self._tree[np.arange(len(self))]
        return super().arrays() | {"priorities": priorities, "largest": np.array(self._largest)}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        super().restore({name: array for name, array in arrays.items() if name not in ("priorities", "largest")})
        self._tree[np.arange(len(self))] = arrays["priorities"]
        self._largest = float(arrays["largest"])


class PrioritizedAlgorithm(OffPolicyAlgorithm, Protocol):
    """An algorithm whose batches bring importance weights."""

    errors: Tensor
    """Error (B,) of each transition of the last update, in any unit: how much there is to learn from it."""


class PrioritizedTurns(OffPolicyTurns):
    """Turns whose batches are drawn by their errors."""

    def __init__(
        self, algorithm: PrioritizedAlgorithm, settings: PrioritizedSettings, environments: gymnasium.vector.VectorEnv
    ) -> None:
        self._prioritized = PrioritizedReplay(settings.replay, spaces_of(environments)[0], settings.priority)
        super().__init__(algorithm, settings, environments, self._prioritized)
        self._erring, self._first_correction = algorithm, settings.first_correction

    def _update(self, share: float) -> Mapping[str, Tensor]:
        beta = self._first_correction + (1.0 - self._first_correction) * share
        places, weights = self._prioritized.draw(self._batch_size, beta, self._generator)
        losses = self._erring.update(self._batch(self._prioritized.at(places), weights))
        self._prioritized.update_errors(places, self._erring.errors)
        return losses
