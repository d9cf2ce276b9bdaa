"""Experience replay: preallocated tensors, uniform sampling, n-step returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from aigcbench.learning.collection import Step


class Transitions(NamedTuple):
    """M transitions over one or more steps.

    ``value(observation, action) = returns + discount * value(next_observation)``: ``returns`` is the discounted sum of the
    rewards in between, ``discount`` gamma to the number of steps, or 0 where the episode terminated.
    """

    observation: Tensor  # (M, D) float32
    action: Tensor  # (M,) int64, or (M, A) float32 where actions are vectors
    returns: Tensor  # (M,) float32
    discount: Tensor  # (M,) float32
    next_observation: Tensor  # (M, D) float32


class UniformReplay:
    """A ring of transitions, all equally likely to be drawn.

    Parameters
    ----------
    capacity
        Transitions kept; the oldest are overwritten.
    n_observation
        D.
    n_action
        A, entries of an action that is a vector; None where it is an index.
    """

    def __init__(self, capacity: int, n_observation: int, n_action: int | None = None) -> None:
        self.capacity = capacity
        self._store = Transitions(
            torch.zeros(capacity, n_observation),
            torch.zeros(capacity, dtype=torch.int64) if n_action is None else torch.zeros(capacity, n_action),
            torch.zeros(capacity),
            torch.zeros(capacity),
            torch.zeros(capacity, n_observation),
        )
        self._next = 0
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, transitions: Transitions) -> Tensor:
        """Store transitions, the oldest making room; return where they went (int64, M)."""
        count = len(transitions.action)
        places = (self._next + torch.arange(count)) % self.capacity
        for store, new in zip(self._store, transitions, strict=True):
            store[places] = new
        self._next = (self._next + count) % self.capacity
        self._size = min(self._size + count, self.capacity)
        return places

    def sample(self, batch: int, generator: torch.Generator) -> Transitions:
        """Draw ``batch`` transitions with replacement."""
        return self.at(torch.randint(self._size, (batch,), generator=generator))

    def at(self, places: Tensor) -> Transitions:
        """The transitions at these places."""
        return Transitions(*(store[places] for store in self._store))

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything that is stored, by name."""
        stored = {name: store[: self._size].numpy() for name, store in self._store._asdict().items()}
        return stored | {"next": np.array(self._next)}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go back to what `arrays` gave."""
        self._next, self._size = int(arrays["next"]), len(arrays["action"])
        for name, store in self._store._asdict().items():
            store[: self._size] = torch.from_numpy(np.array(arrays[name]))


@dataclass
class _Window:
    """The last n steps of N environments; ``age`` counts the rewards that a step has gathered, 0 for none pending."""

    observation: Tensor  # (n, N, D)
    action: Tensor  # (n, N)
    returns: Tensor  # (n, N)
    age: Tensor  # (n, N) int64


class NStep:
    """Turns single steps of N environments into transitions over n steps, shorter where an episode ends."""

    def __init__(self, n_steps: int, gamma: float, n_environments: int, n_observation: int) -> None:
        shape = (n_steps, n_environments)
        self._powers = gamma ** torch.arange(n_steps + 1)
        self._window = _Window(
            torch.zeros(*shape, n_observation),
            torch.zeros(shape, dtype=torch.int64),
            torch.zeros(shape),
            torch.zeros(shape, dtype=torch.int64),
        )
        self._n_steps, self._place = n_steps, 0

    def forget(self) -> None:
        """Drop what is pending, because the environments start anew."""
        for part in fields(self._window):
            getattr(self._window, part.name).zero_()
        self._place = 0

    def push(self, step: Step) -> Transitions:
        """Take a step of every environment; return the transitions that are complete with it."""
        window, place = self._window, self._place
        window.observation[place], window.action[place], window.returns[place] = step.observation, step.action, 0.0
        window.age[place] = 0
        pending = window.age > 0
        pending[place] = True
        window.returns += torch.where(pending, self._powers[window.age] * step.reward, 0.0)
        window.age += pending.long()
        complete = pending & ((window.age == self._n_steps) | step.ended)
        slot, environment = complete.nonzero(as_tuple=True)
        alive = (~step.terminated[environment]).float()
        transitions = Transitions(
            window.observation[slot, environment],
            window.action[slot, environment],
            window.returns[slot, environment],
            self._powers[window.age[slot, environment]] * alive,
            step.next_observation[environment],
        )
        window.age[complete] = 0
        self._place = (place + 1) % self._n_steps
        return transitions
