"""The training loop: turns of learning until the budget or the plan is spent, validation, early stopping, exact resume."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
from torch import Tensor

from aigcbench.learning.names import prefixed, under
from aigcbench.solver import Budget

if TYPE_CHECKING:
    from aigcbench.solver import TrainingRun


@dataclass(frozen=True)
class Turn:
    """What one turn of learning took, and its losses for the curves."""

    environment_steps: int
    updates: int
    metrics: Mapping[str, float]


REPORTS = 200  # of losses in a full training


class Reporter:
    """Thins out reports: reading a loss costs more than it tells.

    Parameters
    ----------
    updates
        Gradient updates of a full training.
    """

    def __init__(self, updates: int) -> None:
        self._every = max(1, updates // REPORTS)
        self._left = 0

    def restart(self) -> None:
        """Report after the next update."""
        self._left = 0

    def metrics(self, updates: int, losses: Mapping[str, Tensor], returns: list[float]) -> dict[str, float]:
        """Losses and the mean of ``returns``, which is emptied, if it is time for them after so many updates."""
        self._left -= updates
        if self._left > 0:
            return {}
        self._left = self._every
        metrics = {name: float(loss.detach()) for name, loss in losses.items()}
        if returns:
            metrics["training_return"] = float(np.mean(returns))
            returns.clear()
        return metrics


class Turns(Protocol):
    """A learner in training, seen from the loop."""

    def restart(self) -> None:
        """Seed the environments anew from the learner's own generator."""

    def turn(self, share: float) -> Turn:
        """Collect and update once; ``share`` of the training is done (0 to 1), for schedules."""

    def weights(self) -> dict[str, np.ndarray]:
        """A copy of the policy's weights (float32)."""

    def arrays(self) -> dict[str, np.ndarray]:
        """The whole state at a restart, by name."""

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go back to what `arrays` gave."""


@dataclass(frozen=True)
class TrainingPlan:
    """How long a full training is, and how often it is looked at.

    Parameters
    ----------
    updates
        Gradient updates of a full training, unless the budget has fewer; schedules refer to it.
    validations
        How often in that time the policy is validated.
    saves
        How often in that time the state is saved, which cuts the running episodes short.
    patience
        Validations without a new best after which training stops.
    """

    updates: int
    validations: int = 20
    saves: int = 5
    patience: int = 20


@dataclass
class _Position:
    """How far training is; all that the loop itself must remember."""

    environment_steps: int = 0
    longest_turn: int = 0  # in environment steps
    updates: int = 0
    validations: int = 0
    saves: int = 0
    best: float = -np.inf
    since_best: int = 0
    best_weights: dict[str, np.ndarray] = field(default_factory=dict)

    def spent(self) -> dict[str, float]:
        """What training has taken so far."""
        return {"environment_steps": self.environment_steps, "updates": self.updates}

    def arrays(self) -> dict[str, np.ndarray]:
        numbers = {name: np.array(value) for name, value in vars(self).items() if name != "best_weights"}
        return prefixed("position", numbers) | prefixed("best", self.best_weights)

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> _Position:
        numbers = {name: array.item() for name, array in under("position", arrays).items()}
        return cls(**numbers, best_weights=under("best", arrays))


class Schedule(Protocol):
    """What a learner says about how long it trains; see `TrainingPlan`."""

    @property
    def updates(self) -> int: ...

    @property
    def validations(self) -> int: ...

    @property
    def saves(self) -> int: ...

    @property
    def patience(self) -> int: ...


def train_learner(
    schedule: Schedule,
    turns: Callable[[torch.Generator], Turns],
    budget: Budget,
    rng: np.random.Generator,
    run: TrainingRun,
) -> dict[str, np.ndarray]:
    """Train with one thread what ``turns`` makes; every random draw comes from ``rng``, by a generator that it seeds."""
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(int(rng.integers(2**63)))
    plan = TrainingPlan(schedule.updates, schedule.validations, schedule.saves, schedule.patience)
    return train(turns(generator), plan, budget, run)


def train(turns: Turns, plan: TrainingPlan, budget: Budget, run: TrainingRun) -> dict[str, np.ndarray]:
    """Train until the plan is fulfilled, the budget is spent or patience ends; return the best weights by validation.

    Schedules and points of validation depend on steps and updates alone, never on time, so that equal seeds give equal
    curves. At each save the environments start anew: a run that is resumed from there goes on as if nothing had happened.
    """
    position = _Position()
    if run.saved is not None:
        position = _Position.of(run.saved)
        turns.restore(under("learner", run.saved))
    turns.restart()
    while True:
        share = _share(position, plan, budget)
        ends = share >= 1.0 or _spent(position, budget, run)
        if ends or share * plan.validations >= position.validations + 1:
            _validate(turns, position, share, run)
            if ends or position.since_best >= plan.patience:
                return position.best_weights
        if share * plan.saves >= position.saves + 1:
            position.saves += 1
            run.save(position.arrays() | prefixed("learner", turns.arrays()))
            turns.restart()
        turn = turns.turn(share)
        position.environment_steps += turn.environment_steps
        position.longest_turn = max(position.longest_turn, turn.environment_steps)
        position.updates += turn.updates
        if turn.metrics:
            run.report(position.spent() | dict(turn.metrics))


def _spent(position: _Position, budget: Budget, run: TrainingRun) -> bool:
    """Whether the time is over, or another turn would take more steps than are left: one that is cut off teaches nothing."""
    too_long = position.environment_steps + position.longest_turn > budget.environment_steps
    return too_long or run.cpu_seconds() >= budget.cpu_seconds


def _share(position: _Position, plan: TrainingPlan, budget: Budget) -> float:
    """Share of the training that is done, by whichever count is nearest to its end."""
    of_updates = position.updates / min(plan.updates, budget.updates)
    return min(1.0, max(of_updates, position.environment_steps / budget.environment_steps))


def _validate(turns: Turns, position: _Position, share: float, run: TrainingRun) -> None:
    """Hold the current policy against the best one."""
    weights = turns.weights()
    score = run.validate(weights)
    position.validations += 1
    position.since_best += 1
    if score > position.best or not position.best_weights:
        position.best, position.best_weights, position.since_best = score, weights, 0
    run.report(position.spent() | {"share": share, "validation": score, "best": position.best})
