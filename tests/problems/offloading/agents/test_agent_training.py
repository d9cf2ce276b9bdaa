"""Training with an agent at every station: budget, resumption, and that something is learned."""

import numpy as np
import pytest

from aigcbench.discovery import find_solver, load_module
from aigcbench.solver import Budget
from aigcbench.tasks import task_named

pytest.importorskip("torch")

from aigcbench.harness.training_worker import Metered

SMALL = {"learn_from": 10, "batch": 8, "pool": 40, "updates": 20, "saves": 2}
LEARNERS = ("lad-ts", "d2sac-ts", "sac-ts", "dqn-ts", "lad-ts-shared")


class Run:
    """A `TrainingRun` that keeps what is saved; it validates by a number that says nothing."""

    def __init__(self, saved=None):
        self.saved, self.states, self.points = saved, [], []

    def validate(self, weights):
        return 0.0

    def report(self, metrics):
        self.points.append(metrics)

    def save(self, state):
        self.states.append({name: np.array(array) for name, array in state.items()})

    def cpu_seconds(self):
        return 0.0


def trained(name, run, **parameters):
    """The weights of a short training on the tiny scenario, and its environments."""
    card = find_solver(name)
    learner = getattr(load_module(card.location), card.class_name)(**(SMALL | parameters))
    environments = Metered(task_named("offloading/tiny").environments(*learner.environment_batch(), 1), 10**6)
    return learner.train(environments, Budget(), np.random.default_rng(5), run), environments


@pytest.mark.parametrize("name", LEARNERS)
def test_training_resumes_exactly(name):
    """A training that goes on from its first save ends with the weights of one that was left alone, and repeats itself."""
    run = Run()
    whole, environments = trained(name, run)
    assert environments.steps == run.points[-1]["environment_steps"] > 0
    resumed, _ = trained(name, Run(run.states[0]))
    assert whole.keys() == resumed.keys()
    for key, array in whole.items():
        assert np.isfinite(array).all()
        np.testing.assert_array_equal(array, resumed[key])


@pytest.mark.parametrize(
    "variant",
    [
        {"every": "task", "actor_loss": "squared", "entropy": "printed", "output": "linear", "stored": "chain"},
        {"latents": "overwritten", "boundary": "empty", "centred": False},
        {"entropy": "scaled", "output": "tanh", "noise": "half"},
        {"entropy": "fixed", "decay": True},
    ],
)
def test_every_variant_trains(variant):
    """All readings of the paper stay finite; a fixed temperature stays, one that rises or falls moves."""
    run = Run()
    weights, _ = trained("lad-ts", run, **variant)
    assert all(np.isfinite(array).all() for array in weights.values())
    alphas = [point["alpha"] for point in run.points if "alpha" in point]
    assert (alphas[0] == alphas[-1]) == (variant.get("entropy") == "fixed")


def test_the_budget_counts_decisions():
    """Every task that a station decides is a step, and none is given beyond the budget."""
    environments = Metered(task_named("offloading/tiny").environments(1, "paper", 1), 3)
    stations = environments.stations()
    tasks = stations.reset(seed=1)
    taken = 0
    while environments.steps < 3:
        taken += int(tasks.mask.sum())
        _, tasks, _, _ = stations.step(np.zeros(tasks.mask.shape, np.int64))
    assert environments.steps == taken
    with pytest.raises(RuntimeError, match="budget of 3"):
        stations.step(np.zeros(tasks.mask.shape, np.int64))
