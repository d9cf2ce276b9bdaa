"""Tests of the genetic loop."""

import numpy as np
import pytest

from aigcbench.optimization.best import Best
from aigcbench.optimization.deadline import Deadline
from aigcbench.optimization.genetic import GeneticSettings, evolve

TARGET = np.array([3, -1, 2, 0, 1, 3, 2, -1])


def matches(population):
    """How many genes are those of the target."""
    return (population == TARGET).sum(axis=1).astype(float)


def run(settings, seeds=(), deadline=60.0, seed=0, fitness=matches):
    """The best decisions and every reported one."""
    reported = []
    best = Best(fitness, lambda decisions, bound: reported.append(decisions))
    rng = np.random.default_rng(seed)
    evolve(fitness, len(TARGET), range(-1, 4), settings, seeds, rng, Deadline(deadline), best)
    return best, reported


def test_finds_a_hidden_sequence():
    """Selection, crossover and mutation together find the one best sequence from random ones."""
    best, reported = run(GeneticSettings(population=40, generations=200))
    np.testing.assert_array_equal(best.decisions, TARGET)
    scores = [matches(decisions[None])[0] for decisions in reported]
    assert scores == sorted(set(scores))


def test_same_generator_same_run():
    """Runs with equal generators report the same decisions; another generator differs."""
    settings = GeneticSettings(population=10, generations=15)
    one, other, different = (run(settings, seed=seed)[1] for seed in (1, 1, 2))
    assert [d.tolist() for d in one] == [d.tolist() for d in other]
    assert [d.tolist() for d in one] != [d.tolist() for d in different]


@pytest.mark.parametrize("settings", [GeneticSettings(population=5, generations=30), GeneticSettings(generations=0)])
def test_never_worse_than_its_seed(settings):
    """A seed survives, whatever becomes of the rest."""
    best, _ = run(settings, seeds=[TARGET])
    assert best.score == len(TARGET)


def test_deadline_ends_it():
    """Without time only the first population is evaluated."""
    sizes = []
    run(GeneticSettings(population=7), deadline=0.0, fitness=lambda p: sizes.append(len(p)) or matches(p))
    assert sizes == [7]


def test_actions_stay_legal():
    """No individual ever holds an action outside the range."""
    seen = []
    run(GeneticSettings(population=9, generations=20), fitness=lambda p: seen.append(p) or matches(p))
    assert {int(value) for population in seen for value in np.unique(population)} <= set(range(-1, 4))


def test_global_random_state_is_untouched():
    """Neither Python's nor NumPy's global generator is used."""
    import random

    state, numpy_state = random.getstate(), np.random.get_state()[1].copy()
    run(GeneticSettings(population=5, generations=5))
    assert random.getstate() == state
    np.testing.assert_array_equal(np.random.get_state()[1], numpy_state)
