"""Upload time as a function of the bandwidth share, and the two ways to turn it round.

With the signal-to-noise ratio c over the whole band, a share b has x = c / b, and the upload of eq. (2) takes ``limit * x / ln(1 + x)``
seconds: convex and decreasing in b. ``limit`` is the time that the power alone would need, with all the bandwidth in the world.
"""

from __future__ import annotations

import math
from typing import Any

from numba import njit

kernel: Any = njit(cache=True, error_model="numpy", inline="never")

PRECISION = 1e-9  # of a logarithm before its last Newton step, which squares the error
SMALL_RATIO = 1e-4  # below it the slope comes from its series, as its terms cancel


@kernel
def upload_time(limit, snr, share):
    """Upload time (s) on a share of the band."""
    ratio = snr / share
    return limit * (ratio / math.log1p(ratio))


@kernel
def share_in_time(limit, snr, time):
    """The smallest share that uploads within ``time`` (s); infinite where no bandwidth is enough.

    Newton on x - y ln(1 + x), y = time / limit, which is convex: from the right of its root it never oversteps.
    """
    if limit == 0.0:
        return 0.0 if time >= 0.0 else math.inf
    if time <= limit * (1.0 + 1e-12):
        return math.inf
    y = time / limit
    x = 2.0 * (y * math.log(y) + y - 1.0)
    for _ in range(60):
        step = (x - y * math.log1p(x)) / (1.0 - y / (1.0 + x))
        x -= step
        if step <= 1e-15 * x:
            break
    return snr / x


@kernel
def share_at_price(weight, limit, snr, price):
    """The share b that minimises ``weight * upload_time + price * b`` over b > 0, by its optimality condition.

    With x = c / b the condition is h(x) = x^2 (ln(1+x) - x/(1+x)) / ln(1+x)^2 = price * c / (weight * limit). ln h is nearly linear in
    ln x (slope 2 down to about 1.8), so Newton's method in logarithms needs two or three steps.
    """
    if weight * limit == 0.0:
        return 0.0
    target = price * snr / (weight * limit)
    ratio = math.sqrt(target * (2.0 + 0.5 * math.log1p(target)))
    for _ in range(60):
        if ratio < SMALL_RATIO:
            value, slope = ratio * ratio * (0.5 - ratio / 6.0 + ratio * ratio / 8.0), 2.0
        else:
            log, part = math.log1p(ratio), ratio / (1.0 + ratio)
            rest = log - part
            value = ratio * ratio * rest / (log * log)
            slope = 2.0 + part * part / rest - 2.0 * part / log
        change = math.log(target / value) / slope
        ratio *= math.exp(change)
        if abs(change) <= PRECISION:
            break
    return snr / ratio
