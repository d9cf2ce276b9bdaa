"""Tests of the evolution strategy."""

import numpy as np

from aigcbench.optimization.evolution import EvolutionStrategy


def run(value, size, generations, seed=0):
    strategy = EvolutionStrategy(np.zeros(size), 0.3, 12, np.random.default_rng(seed))
    for _ in range(generations):
        strategy.advance(value)
    return strategy.mean


def test_finds_the_top_of_a_narrow_ridge():
    """It adapts to coordinates that differ a thousandfold in curvature and are correlated."""
    top, weights = np.array([1.0, -2.0, 0.5, 3.0]), np.array([1.0, 10.0, 100.0, 1000.0])
    rotation = np.linalg.qr(np.random.default_rng(1).standard_normal((4, 4)))[0]
    found = run(lambda x: -float(weights @ (rotation @ (x - top)) ** 2), 4, 150)
    np.testing.assert_allclose(found, top, atol=1e-3)


def test_noise_does_not_lead_it_astray():
    """A value known only up to noise still leads near the top."""
    noise = np.random.default_rng(2)
    found = run(lambda x: -float(((x - 1.0) ** 2).sum()) + 0.05 * noise.standard_normal(), 6, 80)
    np.testing.assert_allclose(found, np.ones(6), atol=0.3)


def test_equal_random_streams_search_alike():
    """The passed generator is the only source of chance."""
    np.testing.assert_array_equal(
        run(lambda x: -float(x @ x - x[0]), 3, 10), run(lambda x: -float(x @ x - x[0]), 3, 10)
    )
