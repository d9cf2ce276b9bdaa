"""Draws that generators share: from the raw uniform stream by IEEE arithmetic alone.

No library distribution and no logarithm, so that the same scenario and seed give the same bytes on every platform and with
every NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from aigcbench.errors import InputError
from aigcbench.schema import Field, validate_fields

POISSON_CHUNK = 8.0
EXP_MINUS_CHUNK = 0.00033546262790251185  # exp(-POISSON_CHUNK), written out so that no libm decides a count
POISSON_DRAWS = 64  # P(Poisson(8) >= 64) < 1e-35


def poisson(mean: float, rng: np.random.Generator) -> int:
    """A Poisson number by Knuth's products of uniforms, in chunks of mean 8 and one of the rest."""
    chunks, rest = divmod(mean, POISSON_CHUNK)
    count, left = 0, int(chunks)
    while left:
        rows = min(left, 50_000)
        count += int((np.cumprod(rng.random((rows, POISSON_DRAWS)), axis=1) > EXP_MINUS_CHUNK).sum())
        left -= rows
    threshold = round(math.exp(-rest), 12)  # rounded: the last bits of exp differ between platforms
    return count + int((np.cumprod(rng.random(POISSON_DRAWS)) > threshold).sum())


def indices(n: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """``size`` independent indices below ``n`` (int64), each equally likely."""
    return indices_of(n, rng.random(size))


def indices_of(n: int, shares: np.ndarray) -> np.ndarray:
    """Numbers of [0, 1) as indices below ``n`` (int64)."""
    return np.floor(shares * n).astype(np.int64)


def uniform(interval: Mapping[str, Any], size: int, rng: np.random.Generator) -> np.ndarray:
    """``size`` independent numbers, uniform from ``interval["low"]`` to ``interval["high"]`` (float64)."""
    return spread(interval, rng.random(size))


def spread(interval: Mapping[str, Any], shares: np.ndarray) -> np.ndarray:
    """Numbers of [0, 1) spread from ``interval["low"]`` to ``interval["high"]``, never beyond by rounding (float64)."""
    low, high = float(interval["low"]), float(interval["high"])
    return np.minimum(low + (high - low) * shares, high)


def validate_interval(given: Any, where: str, unit: str, minimum: float, maximum: float) -> None:
    """Raise `InputError` unless ``given`` is a table ``{ low, high }`` with minimum <= low <= high <= maximum."""
    if not isinstance(given, Mapping):
        raise InputError(where, "missing or not a table", "a table such as { low = 1, high = 20 }")
    fields = [Field(name, float, unit, f"{name} end of the interval", minimum, maximum) for name in ("low", "high")]
    ends = validate_fields(fields, given, where)
    if ends["high"] < ends["low"]:
        raise InputError(f"{where}.high", f"{ends['high']:g}", f"at least low = {ends['low']:g}")
