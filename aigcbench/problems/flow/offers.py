"""What flows have offered lately for compute: a histogram that forgets, and the going rate that it tells."""

from __future__ import annotations

import math

import numpy as np

from aigcbench.problems.flow.delay import kernel
from aigcbench.problems.flow.dispatch import HEADER, LEVELS, UNIT_GFLOPS

BINS_PER_OCTAVE, OCTAVES = 8, 32
N_BINS = BINS_PER_OCTAVE * OCTAVES
PRIOR_S = 0.2  # seconds without demand that the estimate starts from

CLOCK, SEEN, BINS = range(3)
"""Places: when flows were seen last, for how many seconds (forgotten as flows are), and unit-seconds asked for by what they offer."""
SIZE = BINS + N_BINS


def no_offers() -> np.ndarray:
    """The histogram (float64) before the first flow."""
    return np.zeros(SIZE)


@kernel
def least_unit_seconds(vector, fleet):
    """Unit-seconds that the current flow takes at its best level where nothing waits, 0 where no level is in time."""
    least, levels = 0.0, int(fleet[LEVELS])
    for level in range(levels):
        units = fleet[HEADER + levels + level]
        delay = vector[2] / (fleet[HEADER + level] * vector[0]) + vector[3] / (units * fleet[UNIT_GFLOPS])
        if delay <= vector[1] and (least == 0.0 or units * delay < least):
            least = units * delay
    return least


@kernel
def note_offer(now, priority, unit_seconds, memory_s, offers):
    """Forget a little for the time that has passed, and put what the current flow offers for a unit-second into the histogram."""
    if now > offers[CLOCK]:
        kept = math.exp((offers[CLOCK] - now) / memory_s)
        for k in range(BINS, SIZE):
            offers[k] *= kept
        offers[SEEN] = memory_s - (memory_s - offers[SEEN]) * kept
        offers[CLOCK] = now
    if unit_seconds > 0.0:
        k = int(BINS_PER_OCTAVE * (math.log2(priority / unit_seconds) + OCTAVES // 2))
        offers[BINS + min(max(k, 0), N_BINS - 1)] += unit_seconds


@kernel
def going_rate(units, offers):
    """Priority per unit-second at which the better offers ask for ``units``; 0 where all offers together don't."""
    room = units * (offers[SEEN] + PRIOR_S)
    asked = 0.0
    for k in range(N_BINS - 1, -1, -1):
        asked += offers[BINS + k]
        if asked > room:
            return 2.0 ** (k / BINS_PER_OCTAVE - OCTAVES // 2)
    return 0.0
