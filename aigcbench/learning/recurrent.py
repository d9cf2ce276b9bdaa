"""Networks with memory, and replay of the sequences that they learn from (Hausknecht and Stone, 2015)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

import gymnasium
import numpy as np
import torch
from torch import Tensor, nn

from aigcbench.learning.collection import Step, spaces_of
from aigcbench.learning.networks import ACTIVATIONS, linear
from aigcbench.learning.off_policy import Explorer, ReplayTurns

if TYPE_CHECKING:
    from aigcbench.learning.settings import RecurrentSettings

Memory = tuple[Tensor, Tensor]
"""Hidden and cell state of N environments, (1, N, H) each."""


class RecurrentNetwork(nn.Module):
    """A fully connected layer, a layer of long short-term memory, and a linear one."""

    def __init__(
        self, n_observation: int, n_actions: int, hidden: int, activation: str, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.first = linear(n_observation, hidden, generator)
        self.memory = nn.LSTM(hidden, hidden, device="meta").to_empty(device="cpu")  # leaves the global generator alone
        with torch.no_grad():
            for parameter in self.memory.parameters():
                parameter.uniform_(-1 / math.sqrt(hidden), 1 / math.sqrt(hidden), generator=generator)
        self.last = linear(hidden, n_actions, generator)
        self._activation = ACTIVATIONS[activation]

    def forward(self, observation: Tensor, memory: Memory | None) -> tuple[Tensor, Memory]:
        """Outputs (L, N, A) for sequences (L, N, D), and the memory after them; None stands for an empty one."""
        shown, memory = self.memory(self._activation(self.first(observation)), memory)
        return self.last(shown), memory


class Sequences(NamedTuple):
    """B sequences of L steps, and the observation after the last one."""

    observation: Tensor  # (L + 1, B, D) float32
    allowed: Tensor | None  # (L + 1, B, A) bool
    action: Tensor  # (L, B) int64
    reward: Tensor  # (L, B) float32
    discount: Tensor  # (L, B) float32, 0 where the episode terminated
    counts: Tensor  # (L, B) bool, whether the step is of the sequence's first episode, and what follows it is known


class SequenceReplay:
    """A ring of steps of all environments, from which stretches of time are drawn.

    Parameters
    ----------
    capacity
        Steps kept of each environment.
    """

    def __init__(self, capacity: int, n_environments: int, n_observation: int) -> None:
        shape = (capacity, n_environments)
        self._store = {
            "observation": torch.zeros(*shape, n_observation),
            "action": torch.zeros(shape, dtype=torch.int64),
            "reward": torch.zeros(shape),
            "terminated": torch.zeros(shape, dtype=torch.bool),
            "ended": torch.zeros(shape, dtype=torch.bool),
        }
        self.capacity, self._n_environments = capacity, n_environments
        self._next = self._size = 0

    def __len__(self) -> int:
        return self._size * self._n_environments

    def add(self, step: Step) -> None:
        """Store a step of every environment, the oldest making room."""
        for name, store in self._store.items():
            store[self._next] = getattr(step, name)
        self._next = (self._next + 1) % self.capacity
        self._size = min(self._size + 1, self.capacity)

    def forget(self) -> None:
        """What comes next does not follow from what is stored: the environments start anew."""
        self._store["ended"][self._next - 1] = True

    def sample(self, batch: int, length: int, gamma: float, generator: torch.Generator) -> Sequences:
        """Draw ``batch`` sequences of ``length`` steps with replacement, from any time; they have no masks yet."""
        start = torch.randint(self._size - length, (batch,), generator=generator)
        environment = torch.randint(self._n_environments, (batch,), generator=generator)
        place = (self._next - self._size + start + torch.arange(length + 1)[:, None]) % self.capacity
        observation, action, reward, terminated, ended = (store[place, environment] for store in self._store.values())
        before = torch.cumsum(ended, dim=0) - ended.long()
        counts = (before == 0) & (terminated | ~ended)
        discount = gamma * (~terminated).float()
        return Sequences(observation, None, action[:-1], reward[:-1], discount[:-1], counts[:-1])

    def mean_value(self, gamma: float) -> float:
        """The value of the behaviour that is stored, in the mean (the fixed point of its steps)."""
        goes_on = (~self._store["terminated"][: self._size]).float().mean()
        return float(self._store["reward"][: self._size].mean() / (1.0 - gamma * goes_on))

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything that is stored, by name."""
        stored = {name: store[: self._size].numpy() for name, store in self._store.items()}
        return stored | {"next": np.array(self._next)}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go back to what `arrays` gave."""
        self._next, self._size = int(arrays["next"]), len(arrays["action"])
        for name, store in self._store.items():
            store[: self._size] = torch.from_numpy(np.array(arrays[name]))


class RecurrentAlgorithm(Explorer, Protocol):
    """What one recurrent algorithm adds to the shared loop."""

    def forget(self, ended: Tensor | None) -> None:
        """Empty the memory of environments whose episode ended (N,) bool, or of all."""

    def update(self, sequences: Sequences) -> Mapping[str, Tensor]:
        """One gradient update; return losses."""


class RecurrentTurns(ReplayTurns):
    """Turns that learn from sequences, the memory being empty at the start of each."""

    def __init__(
        self, algorithm: RecurrentAlgorithm, settings: RecurrentSettings, environments: gymnasium.vector.VectorEnv
    ) -> None:
        n_environments = environments.num_envs
        capacity = max(settings.replay // n_environments, settings.sequence + 1)
        self._replay = SequenceReplay(capacity, n_environments, spaces_of(environments)[0])
        super().__init__(algorithm, settings, environments, self._replay)
        self._algorithm, self._length, self._gamma = algorithm, settings.sequence, settings.gamma
        self._n_sequences = max(1, settings.batch // settings.sequence)

    def restart(self) -> None:
        super().restart()
        self._algorithm.forget(None)
        if len(self._replay):
            self._replay.forget()

    def _remember(self, step: Step) -> None:
        self._replay.add(step)
        self._algorithm.forget(step.ended)

    def _ready(self) -> bool:
        return len(self._replay) > self._length * self._n_environments and super()._ready()

    def _update(self, share: float) -> Mapping[str, Tensor]:
        drawn = self._replay.sample(self._n_sequences, self._length, self._gamma, self._generator)
        allowed = self._collector.allowed(drawn.observation.flatten(0, 1))
        if allowed is not None:
            drawn = drawn._replace(allowed=allowed.reshape(*drawn.observation.shape[:2], -1))
        return self._algorithm.update(drawn._replace(reward=self._centre(drawn.reward, drawn.discount)))

    def _mean_value(self) -> float:
        return self._replay.mean_value(self._gamma)
