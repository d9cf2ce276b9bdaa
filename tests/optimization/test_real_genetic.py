"""Tests of the real-coded genetic algorithm."""

import random

import numpy as np

from aigcbench.optimization.deadline import Deadline
from aigcbench.optimization.real_genetic import RealSettings, evolve_real

TARGET = np.array([0.1, 0.9, 0.5, 0.0, 1.0])


def distance(genes):
    """Squared distance of each individual from the target."""
    return ((genes - TARGET) ** 2).sum(axis=1)


def evolve(seed=0, seeds=(), seconds=60.0, **settings):
    """A run towards the target."""
    return evolve_real(
        distance, 5, RealSettings(**settings), list(seeds), np.random.default_rng(seed), Deadline(seconds)
    )


def test_finds_a_hidden_point():
    """It comes near a point, also where that lies on the border."""
    genes, cost = evolve(generations=150)
    assert cost == distance(genes[None])[0] < 1e-3
    assert ((genes >= 0) & (genes <= 1)).all()


def test_never_worse_than_its_seed():
    """The best individual survives."""
    assert evolve(seeds=[TARGET + np.array([0, 0, 0.01, 0, 0])], generations=20)[1] <= 0.01**2 + 1e-15


def test_same_generator_same_run():
    """Equal generators give equal runs, others do not."""
    first, second, third = (evolve(seed, generations=5)[1] for seed in (1, 1, 2))
    assert first == second != third


def test_global_random_state_is_untouched():
    """Python's global generator is as it was, though DEAP draws from it."""
    random.seed(7)
    state = random.getstate()
    evolve(generations=2)
    assert random.getstate() == state


def test_deadline_ends_it():
    """Without time the best of the first population is returned."""
    assert evolve(seconds=0.0, generations=10**9, population=10)[1] < 2.0
