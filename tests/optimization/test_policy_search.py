"""Evolving a policy within a training budget: where it ends, and what it returns."""

import numpy as np
import pytest

from aigcbench.optimization.evolution import EvolutionStrategy
from aigcbench.optimization.policy_search import EvolutionPlan, evolve
from aigcbench.solver import Budget

PLAN = EvolutionPlan(generations=8, validations=4, updates=10)


class Run:
    """A `TrainingRun` that validates by the distance from a goal, and whose clock ticks at each look."""

    saved = None

    def __init__(self, seconds_per_look=0.0):
        self.points, self._seconds, self._each = [], 0.0, seconds_per_look

    def validate(self, weights):
        return -float(np.abs(weights["point"] - 3.0).sum())

    def report(self, metrics):
        self.points.append(metrics)

    def cpu_seconds(self):
        self._seconds += self._each
        return self._seconds


def evolved(run, budget):
    strategy = EvolutionStrategy(np.zeros(2), 1.0, 8, np.random.default_rng(0))
    return evolve(
        strategy,
        lambda point: {"point": point},
        lambda: lambda point: -float(((point - 3.0) ** 2).sum()),
        PLAN,
        budget,
        run,
    )


def test_best_by_validation_is_returned():
    """The start and equal parts of the generations are validated; the best of them is returned and better than the start."""
    run = Run()
    weights = evolved(run, Budget())
    assert [point["updates"] for point in run.points] == [0, 20, 40, 60, 80]
    assert run.validate(weights) == max(point["validation"] for point in run.points) > run.points[0]["validation"]


@pytest.mark.parametrize(
    ("budget", "seconds", "updates"), [(Budget(updates=25), 0.0, 30), (Budget(cpu_seconds=3.0), 1.0, 20)]
)
def test_budget_ends_it(budget, seconds, updates):
    """Whichever part of the budget is spent first ends the search, after a last validation."""
    run = Run(seconds)
    weights = evolved(run, budget)
    assert run.points[-1]["updates"] == updates
    assert run.validate(weights) == run.points[-1]["best"]
