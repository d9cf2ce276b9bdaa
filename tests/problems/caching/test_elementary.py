"""The platform-independent functions against the platform's own."""

import numpy as np

from aigcbench.problems.caching.elementary import exponential, natural_log, power


def test_logarithm():
    """ln agrees to a few units in the last place over the whole range of floats, and is exact at 1."""
    rng = np.random.default_rng(0)
    x = np.concatenate([np.exp(rng.uniform(-700, 700, 20_000)), rng.random(20_000), 1 + rng.uniform(-1e-3, 1e-3, 1000)])
    np.testing.assert_allclose(natural_log(x), np.log(x), rtol=1e-15, atol=0)
    assert natural_log(np.array(1.0)) == 0.0


def test_exponential():
    """e^x agrees to a few units in the last place, and is exact at 0."""
    x = np.random.default_rng(0).uniform(-700, 700, 20_000)
    np.testing.assert_allclose(exponential(x), np.exp(x), rtol=1e-15, atol=0)
    assert exponential(np.array(0.0)) == 1.0


def test_power():
    """Powers as they occur: Zipf weights and path gains."""
    np.testing.assert_allclose(power(np.arange(1.0, 501.0), -0.7), np.arange(1.0, 501.0) ** -0.7, rtol=1e-14)
    squared = np.random.default_rng(1).uniform(1e-4, 1e-1, 10_000)
    np.testing.assert_allclose(power(squared, -1.88), squared**-1.88, rtol=1e-14)


def test_known_bits():
    """A few results are pinned to the last bit, so that another platform that differs is noticed."""
    assert natural_log(np.array(0.3)).item().hex() == "-0x1.34378fcbda721p+0"
    assert exponential(np.array(-5.5)).item().hex() == "0x1.0bd4a5aca7728p-8"
    assert power(np.array(7.0), -0.2).item().hex() == "0x1.5aefd150ef7d7p-1"
