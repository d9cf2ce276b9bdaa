"""Compiled moves of simulated annealing on flow plans.

A move gives a random flow a random action or rejects it. Flows that stand in its way on the gateway, and later ones that it makes late,
are rejected; where too many compute units are held, flows that offer little for theirs are. That single rule holds insertion, relocation,
rejection and exchange. What a plan is worth is the sum of priorities less a small price on unit-seconds, which leads the search to
plans with room.
"""

from __future__ import annotations

from aigcbench.problems.flow.annealing.kernels import (
    BEST,
    MAX_DEADLINE,
    NONE,
    UNIT_SECONDS,
    VALUE,
    admit,
    begin,
    first_overload,
    fit,
    flow_before,
    reject,
    room_for_notes,
    take_back,
)
from aigcbench.problems.flow.delay import kernel


@kernel
def anneal(s, rng, temperature, price, moves):
    """Try ``moves`` random moves; keep one that changes the worth by d < 0 with probability exp(d / temperature)."""
    n_flows, n_actions = len(s.action), len(s.capacity) * len(s.level_rate)
    for _ in range(moves):
        j = int(rng.random() * n_flows)
        action = int(rng.random() * n_actions)
        old = s.action[j]
        if action == old:
            action = NONE
        required = -temperature * rng.standard_exponential()
        value, unit_seconds = s.score[VALUE], s.score[UNIT_SECONDS]
        begin(s)
        if old != NONE:
            reject(s, j)
        least = value - price * unit_seconds + required
        legal = action == NONE or _make_way(s, rng, j, action, least, price)
        if legal and _relieve(s, rng, j, least, price) and _worth(s, price) >= least:
            if s.score[VALUE] > s.score[BEST]:
                keep(s)
        else:
            take_back(s)


@kernel
def _worth(s, price):
    return s.score[VALUE] - price * s.score[UNIT_SECONDS]


@kernel
def _make_way(s, rng, j, action, least, price):
    """Admit flow ``j``, rejecting flows that it would wait for until it is in time; False if the worth can't stay ``least``."""
    levels = len(s.level_rate)
    g, level = action // levels, action % levels
    delay, _ = fit(s, j, g, level, 0.0, 0.0)
    if delay < 0.0:
        return False
    while not admit(s, j, action):
        victim = _draw_running(s, rng, j, g)
        if victim == NONE or not room_for_notes(s):
            return False
        reject(s, victim)
        if _worth(s, price) + s.priority[j] < least:
            return False
    return True


@kernel
def _draw_running(s, rng, j, g):
    """A random flow that is still being sent over gateway ``g`` when flow ``j``, which is not, arrives; -1 if none."""
    victim, count = NONE, 0
    i = flow_before(s, j, g)
    while i >= 0 and s.arrival[i] + s.constants[MAX_DEADLINE] > s.arrival[j]:
        if s.sent[i] > s.arrival[j]:
            count += 1
            if rng.random() * count < 1.0:
                victim = i
        i = s.preceding[i]
    return victim


@kernel
def _relieve(s, rng, j, least, price):
    """Reject flows other than ``j`` until no units are lacking; False if the plan's worth falls below ``least`` on the way."""
    while True:
        if not room_for_notes(s):
            return False
        crowded = first_overload(s)
        if crowded == NONE:
            return True
        victim = _draw_victim(s, rng, j, crowded)
        if victim == NONE:
            return False
        reject(s, victim)
        if _worth(s, price) < least:
            return False


@kernel
def _draw_victim(s, rng, j, crowded):
    """A flow other than ``j`` that holds units when ``crowded`` has been decided and offers little for them; -1 if none."""
    levels = len(s.level_rate)
    victim, least = NONE, 1e300
    i = crowded
    oldest = s.arrival[crowded] - s.constants[MAX_DEADLINE]
    while i >= 0 and s.arrival[i] >= oldest:
        if s.action[i] != NONE and s.last[i] >= crowded and i != j:
            unit_seconds = s.level_units[s.action[i] % levels] * (s.finish[i] - s.arrival[i])
            offer = s.priority[i] / unit_seconds * (0.5 + rng.random())
            if offer < least:
                victim, least = i, offer
        i -= 1
    return victim


@kernel
def keep(s):
    """Make the plan the best plan."""
    s.score[BEST] = s.score[VALUE]
    for j in range(len(s.action)):
        s.best_action[j] = s.action[j]


@kernel
def load(s, actions):
    """Build the plan of ``actions`` (J,) in an empty one, leaving out flows that are late or blocked in it."""
    for j in range(len(actions)):
        if actions[j] != NONE:
            begin(s)
            if admit(s, j, actions[j]) and first_overload(s) != NONE:
                take_back(s)
    keep(s)
