"""A random stream that plain Python and compiled policies draw alike."""

from __future__ import annotations

import numpy as np
from numba import njit


def random_words(rng: np.random.Generator) -> np.ndarray:
    """The two words of a stream's state, float64 (2,), for `uniform` to change in place."""
    return rng.integers(1, 2147483399, 2).astype(np.float64)


@njit(cache=True)
def uniform(words):  # type: ignore[no-untyped-def]
    """The next number of [0, 1) by L'Ecuyer's combined generator (CACM 31(6), 1988); ``words`` is longer than 1, its first two count.

    The words stay below 2^31 and their products below 2^53, so that floats are exact.
    """
    words[0] = 40014.0 * words[0] % 2147483563.0
    words[1] = 40692.0 * words[1] % 2147483399.0
    return (words[0] - words[1]) % 2147483562.0 / 2147483562.0
