"""Turns of learning from what is stored, whatever is stored and however it is collected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from aigcbench.learning.names import joined, under
from aigcbench.learning.state import LearningState, Networks
from aigcbench.learning.training import Reporter, Turn


class StoredTurnsSettings(Protocol):
    """What a learner says about its turns."""

    @property
    def centred(self) -> bool:
        """Learn values around their mean before learning began."""

    @property
    def decay(self) -> bool:
        """Let learning rates fall."""

    @property
    def updates(self) -> int:
        """Gradient updates of a full training."""


class EpisodeCollector(Protocol):
    """Steps environments."""

    returns: list[float]
    """Of the episodes that have ended; emptied by who reads them."""

    def restart(self) -> None:
        """Seed the environments anew."""


class Store(Protocol):
    """What is stored of the past."""

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything that is stored, by name."""

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go back to what `arrays` gave."""


class StoredTurns:
    """One turn: collect and store, then update from what is stored as soon as there is enough. Fulfils `training.Turns`.

    Subclasses say what is collected and how a batch is drawn.
    """

    def __init__(
        self, networks: Networks, settings: StoredTurnsSettings, collector: EpisodeCollector, store: Store
    ) -> None:
        self._generator, self._episodes = networks.generator, collector
        self._turn_settings, self._store = settings, store
        self._state = LearningState(networks)
        self._reporter = Reporter(settings.updates)
        self._offset = 0.0
        self._learns = False

    def restart(self) -> None:
        self._episodes.restart()
        self._reporter.restart()

    def turn(self, share: float) -> Turn:
        with torch.no_grad():
            steps = self._collect(share)
        if not self._learns and self._ready():
            self._learns = True
            self._offset = self._mean_value() if self._turn_settings.centred else 0.0
        if not self._learns:
            return Turn(steps, 0, {})
        if self._turn_settings.decay:
            self._state.slow_down(share)
        updates = self._updates_after(steps)
        losses: Mapping[str, Tensor] = {}
        for _ in range(updates):
            losses = self._update(share)
        return Turn(steps, updates, self._reporter.metrics(updates, losses, self._episodes.returns))

    def weights(self) -> dict[str, np.ndarray]:
        return self._state.weights()

    def arrays(self) -> dict[str, np.ndarray]:
        own = {"offset": np.array(self._offset), "learns": np.array(self._learns)}
        return self._state.arrays() | joined({"replay": self._store.arrays(), "values": own})

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        self._state.restore(arrays)
        self._store.restore(under("replay", arrays))
        self._offset, self._learns = float(arrays["values.offset"]), bool(arrays["values.learns"])

    def _centre(self, rewards: Tensor, discount: Tensor) -> Tensor:
        """Rewards for values V + offset in place of V, so that networks need not learn what all actions have in common."""
        return rewards + (discount - 1.0) * self._offset

    def _collect(self, share: float) -> int:
        """Step the environments and store what is seen, ``share`` of the training being done; return how many steps that were."""
        raise TypeError(f"{type(self).__name__} has no _collect(share)")

    def _ready(self) -> bool:
        """Whether enough is stored to learn from."""
        raise TypeError(f"{type(self).__name__} has no _ready()")

    def _updates_after(self, steps: int) -> int:
        """Updates after a collection of so many steps."""
        raise TypeError(f"{type(self).__name__} has no _updates_after(steps)")

    def _update(self, share: float) -> Mapping[str, Tensor]:
        """Draw a batch and learn from it, ``share`` of the training being done; return losses."""
        raise TypeError(f"{type(self).__name__} has no _update(share)")

    def _mean_value(self) -> float:
        """The value of behaving as before learning began, in the mean over what is stored (the fixed point of its transitions)."""
        raise TypeError(f"{type(self).__name__} has no _mean_value()")
