"""Cuts on three tasks."""

import itertools

import numpy as np
import pytest

from aigcbench.problems.assignment.branching.triples import LEAST_EXCESS, violated_triples


@pytest.mark.parametrize("seed", range(10))
def test_finds_what_enumeration_finds(seed):
    """The first triple is the most violated of all, and what is known is not returned again."""
    rng = np.random.default_rng(seed)
    runs, weights = rng.random((8, 7)) < 0.5, rng.random(8) * 0.7
    excess = {
        triple: weights[runs[:, triple].sum(axis=1) >= 2].sum() - 1.0 for triple in itertools.combinations(range(7), 3)
    }
    worst = max(excess, key=excess.__getitem__)
    found = violated_triples(runs, weights, np.zeros((0, 3), np.int64), most=100)
    if excess[worst] <= LEAST_EXCESS:
        assert not len(found)
        return
    assert excess[tuple(found[0].tolist())] == pytest.approx(excess[worst])
    assert all(excess[tuple(triple.tolist())] > LEAST_EXCESS for triple in found)
    again = violated_triples(runs, weights, found, most=100)
    assert not {tuple(triple.tolist()) for triple in again} & {tuple(triple.tolist()) for triple in found}
