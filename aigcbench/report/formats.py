"""Numbers as people read them; one style for the terminal and the page."""

from __future__ import annotations

import math
from collections.abc import Iterable

from aigcbench.report.statistics import Estimate

MISSING = "–"


def decimals_for(values: Iterable[float]) -> int:
    """Decimals that show the largest of the values with four digits, so that a column lines up."""
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    if largest == 0.0:
        return 1
    return min(max(3 - math.floor(math.log10(largest)), 0), 6)


def number(value: float, decimals: int, unit: str = "") -> str:
    """A number with thousands separators and its unit."""
    if not math.isfinite(value):
        return MISSING
    return f"{value:,.{decimals}f} {unit}".rstrip()


def share(value: float, decimals: int = 1) -> str:
    """A share as per cent."""
    return f"{100 * value:.{decimals}f} %" if math.isfinite(value) else MISSING


def share_interval(estimate: Estimate, decimals: int = 0) -> str:
    """The interval of a share in per cent, or nothing where there is none."""
    return interval(Estimate(100 * estimate.value, 100 * estimate.low, 100 * estimate.high), decimals)


def interval(estimate: Estimate, decimals: int) -> str:
    """The interval of an estimate, or nothing where there is none."""
    if not math.isfinite(estimate.low):
        return ""
    return f"[{number(estimate.low, decimals)}, {number(estimate.high, decimals)}]"


def duration(seconds: float) -> str:
    """A time with three digits, in the unit that suits it: µs, ms, s, min or h."""
    if not math.isfinite(seconds):
        return MISSING
    for unit, size, limit in (("µs", 1e-6, 1e-3), ("ms", 1e-3, 1.0), ("s", 1.0, 600.0), ("min", 60.0, 36000.0)):
        if seconds < limit:
            return f"{_three_digits(seconds / size)} {unit}"
    return f"{_three_digits(seconds / 3600.0)} h"


def memory(megabytes: float) -> str:
    """An amount of memory in MB or GB (powers of ten)."""
    if not math.isfinite(megabytes):
        return MISSING
    return f"{megabytes:.0f} MB" if megabytes < 1000 else f"{_three_digits(megabytes / 1000)} GB"


def count(n: int, noun: str) -> str:
    """``1 run``, ``2 runs``."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _three_digits(value: float) -> str:
    return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f}"
