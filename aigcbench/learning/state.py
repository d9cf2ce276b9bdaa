"""What a learner in training consists of, beside its loop: networks, optimisers and a random generator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import torch
from torch import nn

from aigcbench.learning import snapshot
from aigcbench.learning.names import Arrays, joined, under


class Networks(Protocol):
    """What every algorithm has."""

    modules: Mapping[str, nn.Module]
    """Every network, target networks too."""
    optimizers: Mapping[str, torch.optim.Optimizer]
    generator: torch.Generator

    def policy_modules(self) -> Mapping[str, nn.Module]:
        """The networks that decisions need."""


class LearningState:
    """Saves, restores and schedules an algorithm's networks."""

    def __init__(self, algorithm: Networks) -> None:
        self._algorithm = algorithm
        self._rates = {name: one.param_groups[0]["lr"] for name, one in algorithm.optimizers.items()}

    def slow_down(self, share: float) -> None:
        """Let every learning rate fall to ``1 - share`` of what it was at first."""
        for name, optimizer in self._algorithm.optimizers.items():
            optimizer.param_groups[0]["lr"] = self._rates[name] * (1.0 - share)

    def weights(self) -> Arrays:
        """A copy of the weights that decisions need."""
        return joined({name: snapshot.module_arrays(one) for name, one in self._algorithm.policy_modules().items()})

    def arrays(self) -> Arrays:
        """A copy of everything, by name."""
        algorithm = self._algorithm
        parts = {f"module.{name}": snapshot.module_arrays(one) for name, one in algorithm.modules.items()}
        parts |= {f"optimizer.{name}": snapshot.optimizer_arrays(one) for name, one in algorithm.optimizers.items()}
        return joined(parts | {"generator": snapshot.generator_arrays(algorithm.generator)})

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go back to what `arrays` gave."""
        for name, module in self._algorithm.modules.items():
            snapshot.restore_module(module, under(f"module.{name}", arrays))
        for name, optimizer in self._algorithm.optimizers.items():
            snapshot.restore_optimizer(optimizer, under(f"optimizer.{name}", arrays))
        snapshot.restore_generator(self._algorithm.generator, under("generator", arrays))
