"""Fixtures for the learning parts: seeded generators, small environments, and a training run that remembers."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from aigcbench.solver import Budget, Learner, Weights
from aigcbench.tasks import Task, task_named

torch = pytest.importorskip("torch")


class RecordingRun:
    """A `TrainingRun` that keeps reports and saved states; validation is the number of times that it was asked for."""

    def __init__(self, saved: Mapping[str, np.ndarray] | None = None) -> None:
        self.saved = saved
        self.reports: list[dict[str, float]] = []
        self.states: list[dict[str, np.ndarray]] = []
        self.validated: list[Weights] = []

    def report(self, metrics: Mapping[str, float]) -> None:
        self.reports.append(dict(metrics))

    def validate(self, weights: Weights) -> float:
        self.validated.append(weights)
        return float(len(self.validated))

    def save(self, state: Mapping[str, np.ndarray]) -> None:
        self.states.append({name: np.array(array) for name, array in state.items()})

    def cpu_seconds(self) -> float:
        return 0.0


@pytest.fixture
def recording_run() -> Callable[..., RecordingRun]:
    """Makes a run that remembers, from the start or from a saved state."""
    return RecordingRun


@pytest.fixture
def generator() -> Any:
    """A torch generator of its own."""
    return torch.Generator().manual_seed(7)


@pytest.fixture
def tiny() -> Task:
    """The task of a tiny scenario of assignment."""
    return task_named("assignment/asp-tiny")


@pytest.fixture
def train(tiny: Task) -> Callable[..., Weights]:
    """Trains a learner on a tiny scenario with a seed, in environments seeded always alike."""

    def train_on_tiny(learner: Learner, run: RecordingRun, seed: int = 0) -> Weights:
        environments = tiny.environments(*learner.environment_batch(), 5)
        return learner.train(environments, Budget(), np.random.default_rng(seed), run)

    return train_on_tiny
