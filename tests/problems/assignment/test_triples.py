"""Cuts on three tasks."""

import itertools

import numpy as np
import pytest

from aigcbench.problems.assignment.branching.triples import LEAST_EXCESS, memory_of, violated_triples


@pytest.mark.parametrize("seed", range(10))
def test_finds_what_enumeration_finds(seed):
    """The first triple is the most violated of all, and what is known is not returned again."""
    rng = np.random.default_rng(seed)
    runs, weights = rng.random((8, 7)) < 0.5, rng.random(8) * 0.7
    excess = {
        triple: weights[runs[:, triple].sum(axis=1) >= 2].sum() - 1.0 for triple in itertools.combinations(range(7), 3)
    }
    worst = max(excess, key=excess.__getitem__)
    last, none = np.arange(7), np.zeros((0, 3), np.int64)
    found = violated_triples(runs, weights, none, 100, last, np.inf)
    if excess[worst] <= LEAST_EXCESS:
        assert not len(found)
        return
    assert excess[tuple(found[0].tolist())] == pytest.approx(excess[worst])
    assert all(excess[tuple(triple.tolist())] > LEAST_EXCESS for triple in found)
    again = violated_triples(runs, weights, found, 100, last, np.inf)
    assert not {tuple(triple.tolist()) for triple in again} & {tuple(triple.tolist()) for triple in found}


def test_memory_is_what_outlives_a_task():
    """Tasks that still run when the last of their triple arrives need no memory; triples that need too much are left out."""
    last = np.array([4, 1, 4, 4, 6, 6, 6])
    triples = np.array([[0, 2, 3], [0, 1, 3], [1, 2, 6]])
    assert memory_of(triples, last).tolist() == [0, 2, 7]
    rng = np.random.default_rng(1)
    runs, weights = rng.random((8, 7)) < 0.5, rng.random(8) * 0.7
    every = violated_triples(runs, weights, np.zeros((0, 3), np.int64), 100, last, np.inf)
    cheap = violated_triples(runs, weights, np.zeros((0, 3), np.int64), 100, last, 2.0)
    assert len(every) > len(cheap) > 0
    assert (memory_of(cheap, last) <= 2).all()
