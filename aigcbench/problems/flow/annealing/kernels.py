"""Compiled plans of flow, and what changes them.

A plan holds flows that are admitted, in time and never blocked; all others are rejected. Rates and delays on a gateway depend
only on the flows that are sent over it, so that a change is followed through the few flows that join that gateway while it lasts.
Compute is an interval packing: a flow holds its units from its own decision to the last one before it finishes. Every change is
noted, so that a move can be taken back.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aigcbench.problems.flow.delay import action_delay, kernel

NONE = -1
GUARD_S = 1e-9  # a planned flow is done that much before its deadline, and frees its units that much later, than it would in play
BLOCKED_SHARE, UNIT_GFLOPS, UNITS, MAX_DEADLINE = range(4)  # places in `Plan.constants`
VALUE, UNIT_SECONDS, BEST = range(3)  # places in `Plan.score`
N_NOTES, FIRST_RAISED, LAST_RAISED = range(3)  # places in `Plan.counts`


class Plan(NamedTuple):
    """J flows over G gateways at L levels; at most K changes are noted, at most A flows are sent over a gateway at once."""

    arrival: np.ndarray  # (J,) float64, s
    rate: np.ndarray  # (J,) float64, Mbit/s
    deadline: np.ndarray  # (J,) float64, s, less the guard
    data: np.ndarray  # (J,) float64, Mbit
    work: np.ndarray  # (J,) float64, GFLOP
    priority: np.ndarray  # (J,) float64
    capacity: np.ndarray  # (G,) float64, Mbit/s
    level_rate: np.ndarray  # (L,) float64
    level_units: np.ndarray  # (L,) int32
    constants: np.ndarray  # (4,) float64
    action: np.ndarray  # (J,) int32, -1 where the flow is rejected
    sending: np.ndarray  # (J,) float64, rate, Mbit/s
    sent: np.ndarray  # (J,) float64, when the transmission ends, s
    finish: np.ndarray  # (J,) float64, when the units are free again, s
    last: np.ndarray  # (J,) int32, the last flow before that
    following: np.ndarray  # (J,) int32, next and previous flow on the same gateway
    preceding: np.ndarray  # (J,) int32
    first: np.ndarray  # (G,) int32
    held: np.ndarray  # (J,) int32, units held by admitted flows when flow j has been decided
    running: np.ndarray  # (2, A) float64, rates and ends of the transmissions on a gateway: scratch
    noted_flow: np.ndarray  # (K,) int32, flows changed by the move, and what they were
    noted_action: np.ndarray  # (K,) int32
    noted_times: np.ndarray  # (3, K) float64, sending, sent, finish
    noted_last: np.ndarray  # (K,) int32
    counts: np.ndarray  # (3,) int64: changes noted, first and last flow at which units held have risen
    best_action: np.ndarray  # (J,) int32
    score: np.ndarray  # (3,) float64: value (sum of priorities), unit-seconds, best value


@kernel
def _add_units(s, first, last, units):
    """Add ``units`` to what is held at the flows ``first..last``."""
    held = s.held
    for j in range(np.uint64(first), np.uint64(last + 1)):
        held[j] += units
    if units > 0 and first <= last:
        s.counts[FIRST_RAISED] = min(s.counts[FIRST_RAISED], first)
        s.counts[LAST_RAISED] = max(s.counts[LAST_RAISED], last)


@kernel
def flow_before(s, j, g):
    """The last flow before ``j`` on gateway ``g``, -1 if none."""
    levels = len(s.level_rate)
    before = j - 1
    while before >= 0 and (s.action[before] == NONE or s.action[before] // levels != g):
        before -= 1
    return before


@kernel
def _link(s, j, g):
    """Put flow ``j`` into the list of gateway ``g``."""
    before = flow_before(s, j, g)
    after = s.following[before] if before >= 0 else s.first[g]
    s.preceding[j], s.following[j] = before, after
    if before >= 0:
        s.following[before] = j
    else:
        s.first[g] = j
    if after != NONE:
        s.preceding[after] = j


@kernel
def _unlink(s, j, g):
    """Take flow ``j`` out of the list of gateway ``g``."""
    before, after = s.preceding[j], s.following[j]
    if before >= 0:
        s.following[before] = after
    else:
        s.first[g] = after
    if after != NONE:
        s.preceding[after] = before


@kernel
def _put(s, j, action, sending, sent, finish, last):
    """Give flow ``j`` an action (-1: reject it) and its times."""
    levels, old = len(s.level_rate), s.action[j]
    if old != NONE:
        units = s.level_units[old % levels]
        s.score[VALUE] -= s.priority[j]
        s.score[UNIT_SECONDS] -= units * (s.finish[j] - s.arrival[j])
        if old == action:
            _add_units(s, last + 1, s.last[j], -units)
            _add_units(s, s.last[j] + 1, last, units)
        else:
            _add_units(s, j, s.last[j], -units)
            _unlink(s, j, old // levels)
    if action != NONE:
        units = s.level_units[action % levels]
        if old != action:
            _link(s, j, action // levels)
            _add_units(s, j, last, units)
        s.score[VALUE] += s.priority[j]
        s.score[UNIT_SECONDS] += units * (finish - s.arrival[j])
    s.action[j], s.sending[j], s.sent[j], s.finish[j], s.last[j] = action, sending, sent, finish, last


@kernel
def _change(s, j, action, sending, sent, finish, last):
    """Note what flow ``j`` is, and change it."""
    k = s.counts[N_NOTES]
    s.noted_flow[k], s.noted_action[k], s.noted_last[k] = j, s.action[j], s.last[j]
    s.noted_times[0, k], s.noted_times[1, k], s.noted_times[2, k] = s.sending[j], s.sent[j], s.finish[j]
    s.counts[N_NOTES] = k + 1
    _put(s, j, action, sending, sent, finish, last)


@kernel
def begin(s):
    """Forget the notes: what follows is one move."""
    s.counts[N_NOTES] = 0
    s.counts[FIRST_RAISED] = len(s.action)
    s.counts[LAST_RAISED] = -1


@kernel
def take_back(s):
    """Undo everything since `begin`."""
    for k in range(s.counts[N_NOTES] - 1, -1, -1):
        times = s.noted_times[:, k]
        _put(s, s.noted_flow[k], s.noted_action[k], times[0], times[1], times[2], s.noted_last[k])
    s.counts[N_NOTES] = 0


@kernel
def room_for_notes(s):
    """Whether the notes have room for another flow."""
    return s.counts[N_NOTES] < len(s.noted_flow)


@kernel
def _last_before(s, j, time):
    """The last flow, from ``j`` on, that arrives before ``time``."""
    low, high = j, min(j + 64, len(s.arrival))
    while high < len(s.arrival) and s.arrival[high] < time:
        low, high = high, min(2 * high - j, len(s.arrival))
    while high - low > 1:
        middle = (low + high) // 2
        if s.arrival[middle] < time:
            low = middle
        else:
            high = middle
    return low


@kernel
def _running_before(s, j, before):
    """List the transmissions that flow ``j`` finds on a gateway whose flow before it is ``before``; return their number."""
    count, now = 0, s.arrival[j]
    while (
        before >= 0 and s.arrival[before] + s.constants[MAX_DEADLINE] > now
    ):  # planned flows are sent within their deadline
        if s.sent[before] > now:
            s.running[0, count], s.running[1, count] = s.sending[before], s.sent[before]
            count += 1
        before = s.preceding[before]
    return count


@kernel
def _used_and_backlog(s, count, now):
    """Drop the listed transmissions that have ended by ``now``; return how many are left, their rates and what they have to send."""
    used, backlog, left = 0.0, 0.0, 0
    for k in range(count):
        rate, end = s.running[0, k], s.running[1, k]
        if end > now:
            s.running[0, left], s.running[1, left] = rate, end
            left += 1
            used += rate
            backlog += rate * (end - now)
    return left, used, backlog


@kernel
def fit(s, j, g, level, used, backlog):
    """Delay (s) of flow ``j`` on gateway ``g`` at ``level`` beside ``used`` and ``backlog``, -1 where late or blocked; and its rate."""
    free = max(s.capacity[g] - used, 0.0)
    wanted, least = s.level_rate[level] * s.rate[j], s.constants[BLOCKED_SHARE] * s.rate[j]
    units, all_units = s.level_units[level], s.constants[UNITS]
    speed = s.constants[UNIT_GFLOPS]
    delay = action_delay(wanted, least, s.data[j], s.work[j], free, backlog, units, all_units, speed)
    return (delay if delay <= s.deadline[j] else -1.0), min(wanted, free)


@kernel
def _follow(s, g, j, until):
    """Bring flow ``j`` and those after it on gateway ``g`` up to date, ``until`` nothing differs; reject who is not in time."""
    if j == NONE or s.arrival[j] >= until:
        return
    count = _running_before(s, j, s.preceding[j])
    levels = len(s.level_rate)
    while j != NONE and s.arrival[j] < until and room_for_notes(s):
        now, after = s.arrival[j], s.following[j]
        count, used, backlog = _used_and_backlog(s, count, now)
        action = s.action[j]
        delay, rate = fit(s, j, g, action % levels, used, backlog)
        if delay < 0.0:
            until = max(until, s.sent[j])
            _change(s, j, NONE, 0.0, 0.0, 0.0, 0)
        else:
            sent, finish = now + s.data[j] / rate, now + delay
            if rate != s.sending[j]:
                until = max(until, s.sent[j], sent)
            if finish != s.finish[j] or rate != s.sending[j]:
                _change(s, j, action, rate, sent, finish, _last_before(s, j, finish + GUARD_S))
            s.running[0, count], s.running[1, count] = rate, sent
            count += 1
        j = after


@kernel
def reject(s, j):
    """Take flow ``j`` out of the plan."""
    g, after, until = s.action[j] // len(s.level_rate), s.following[j], s.sent[j]
    _change(s, j, NONE, 0.0, 0.0, 0.0, 0)
    _follow(s, g, after, until)


@kernel
def admit(s, j, action):
    """Put flow ``j``, now rejected, into the plan, whatever units it takes; return whether it is in time."""
    levels = len(s.level_rate)
    g, now = action // levels, s.arrival[j]
    _, used, backlog = _used_and_backlog(s, _running_before(s, j, flow_before(s, j, g)), now)
    delay, rate = fit(s, j, g, action % levels, used, backlog)
    if delay < 0.0:
        return False
    sent, finish = now + s.data[j] / rate, now + delay
    _change(s, j, action, rate, sent, finish, _last_before(s, j, finish + GUARD_S))
    _follow(s, g, s.following[j], sent)
    return True


@kernel
def first_overload(s):
    """The first flow at which more units are held than there are, among those at which they have risen; -1 if none."""
    held = s.held
    for j in range(s.counts[FIRST_RAISED], s.counts[LAST_RAISED] + 1):
        if held[j] > s.constants[UNITS]:
            return j
    return NONE
