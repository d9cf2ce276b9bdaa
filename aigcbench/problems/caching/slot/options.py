"""What each user of a slot can be given: six kinds of service, each convex in its bandwidth and steps.

An option is (cost, slope, steps from low to high, seconds per step, time): with upload time f and s steps it costs
``weight * f + cost + slope * s`` and asks for ``f + step_time * s <= time``. Late options ask for nothing and pay the penalty.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from aigcbench.problems.caching.slot.upload import kernel, share_in_time

CLOUD_LATE, CLOUD, IDLE_LATE, IDLE, STEPS_LATE, STEPS = range(6)
"""In the cloud; at the edge without a step; at the edge with steps: each late or in time."""

N_OPTIONS = 6
CLOUD_MASK, EDGE_MASK = 0b000011, 0b111100
STEPS_MASK = 0b110000

EARLY = 1e-9
"""How much before the deadline a request is planned (s) whose delay depends on its share or steps, so that no rounding makes it late."""


class Slot(NamedTuple):
    """One slot of U users; option arrays are (U, 6)."""

    weight: float  # alpha, of a second of delay
    minimum_share: float
    maximum_share: float  # what is left for one user when all others have the minimum
    total_steps: float
    model: np.ndarray  # (U,) int64, requested
    limit: np.ndarray  # (U,) s, see upload_time
    snr: np.ndarray  # (U,) over the whole band
    cost: np.ndarray
    slope: np.ndarray  # per step, below 0 for options with steps
    low: np.ndarray  # steps
    high: np.ndarray  # steps
    step_time: np.ndarray  # s per step
    time: np.ndarray  # s for upload and steps; infinite if late
    share_low: np.ndarray  # share needed for `low` steps in time
    share_high: np.ndarray  # share needed for `high` steps in time
    viable: np.ndarray  # (U,) int64, bit o set where option o can be part of an optimum


@kernel
def empty_slot(users, weight, minimum_share, total_steps):
    """A slot to be filled by `fill_slot`."""
    table = (users, N_OPTIONS)
    return Slot(
        weight, minimum_share, max(1.0 - (users - 1) * minimum_share, minimum_share), total_steps,
        np.empty(users, np.int64), np.empty(users), np.empty(users),
        np.zeros(table), np.zeros(table), np.zeros(table), np.zeros(table), np.zeros(table), np.zeros(table),
        np.zeros(table), np.zeros(table), np.zeros(users, np.int64),
    )  # fmt: skip


@kernel
def fill_slot(slot, limit, snr, download, backhaul, request, models, deadline, penalty):
    """Write the options of every user.

    ``limit``, ``snr``, ``download``, ``backhaul`` (s) and ``request`` have one entry per user, ``models`` the columns A1 to A4, B1, B2.
    """
    for user in range(len(limit)):
        slot.model[user], slot.limit[user], slot.snr[user], slot.viable[user] = request[user], limit[user], snr[user], 0
        first, worst, last, best, step_time, start = models[request[user]]
        edge = download[user] + start
        cloud = download[user] + backhaul[user] + (step_time * last + start)  # summed as the checker does
        quality_weight = 1.0 - slot.weight
        _set_pair(slot, user, CLOUD_LATE, cloud, quality_weight * best, 0.0, 0.0, 0.0, 0.0, deadline, penalty)
        _set_pair(slot, user, IDLE_LATE, edge, quality_weight * worst, 0.0, 0.0, 0.0, 0.0, deadline, penalty)
        fall = quality_weight * (worst - best) / (last - first)
        slope = slot.weight * step_time - fall
        most = min(last, slot.total_steps)
        if slope * most + fall * first < 0.0:  # some steps are better than none
            least = max(first, -fall * first / slope)  # fewer steps than this are no better than none
            line = quality_weight * worst + fall * first
            _set_pair(slot, user, STEPS_LATE, edge, line, slope, least, most, step_time, deadline, penalty)


@kernel
def _set_pair(slot, user, late, fixed_delay, quality, slope, low, high, step_time, deadline, penalty):
    """One kind of service, late and in time, each where it can be part of an optimum."""
    cost = slot.weight * fixed_delay + quality
    _set_option(slot, user, late, cost + penalty, slope, low, high, step_time, math.inf)
    slot.viable[user] |= 1 << late
    if penalty == 0.0:
        return
    in_time = late + 1
    time = deadline - EARLY - fixed_delay
    if slot.limit[user] == 0.0 and high == 0.0 and fixed_delay <= deadline:
        time = max(
            time, 0.0
        )  # nothing is sent and no step taken: the delay is what it is, and may be the deadline itself
    _set_option(slot, user, in_time, cost, slope, low, high, step_time, time)
    if slot.share_low[user, in_time] <= slot.maximum_share:
        slot.viable[user] |= 1 << in_time
    if slot.share_high[user, in_time] <= slot.minimum_share:  # never late
        slot.viable[user] &= ~(1 << late)


@kernel
def _set_option(slot, user, option, cost, slope, low, high, step_time, time):
    slot.cost[user, option], slot.slope[user, option] = cost, slope
    slot.low[user, option], slot.high[user, option] = low, high
    slot.step_time[user, option], slot.time[user, option] = step_time, time
    limit, snr, least = slot.limit[user], slot.snr[user], slot.minimum_share
    if time == math.inf:
        slot.share_low[user, option] = slot.share_high[user, option] = least
    else:
        slot.share_low[user, option] = max(least, share_in_time(limit, snr, time - step_time * low))
        slot.share_high[user, option] = max(least, share_in_time(limit, snr, time - step_time * high))
