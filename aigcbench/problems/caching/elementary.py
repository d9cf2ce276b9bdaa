"""Logarithm, exponential and power from IEEE arithmetic alone, so that no platform's mathematical library decides a bit.

Only +, -, *, /, comparisons and exact binary scaling are used; each is correctly rounded everywhere.
"""

from __future__ import annotations

import numpy as np

LN2_HIGH, LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10  # their sum is ln 2; the high part has trailing zeros
LOG2_E = 1.4426950408889634
LOG_TERMS, EXP_TERMS = 13, 15  # the first term left out is below 1e-17 of the sum


def natural_log(x: np.ndarray) -> np.ndarray:
    """ln of positive finite numbers (float64, same shape), within a few units in the last place away from x = 1."""
    fraction, exponent = np.frexp(np.asarray(x, np.float64))
    small = fraction < 0.7071067811865476
    fraction = np.where(small, 2.0 * fraction, fraction)
    exponent = (exponent - small).astype(np.float64)
    ratio = (fraction - 1.0) / (fraction + 1.0)  # ln f = 2 artanh(ratio), |ratio| <= 0.172
    square = ratio * ratio
    total = np.zeros_like(ratio)
    for term in range(LOG_TERMS, -1, -1):
        total = total * square + 1.0 / (2 * term + 1)
    return exponent * LN2_HIGH + (exponent * LN2_LOW + 2.0 * ratio * total)


def exponential(x: np.ndarray) -> np.ndarray:
    """e^x for |x| <= 700 (float64, same shape), within a few units in the last place."""
    x = np.asarray(x, np.float64)
    turns = np.floor(x * LOG2_E + 0.5)
    rest = (x - turns * LN2_HIGH) - turns * LN2_LOW
    total = np.ones_like(rest)
    for term in range(EXP_TERMS, 0, -1):
        total = total * rest / term + 1.0
    return np.ldexp(total, turns.astype(np.int32))


def power(base: np.ndarray, exponent: float) -> np.ndarray:
    """base ** exponent for positive bases (float64, same shape)."""
    return exponential(exponent * natural_log(base))
