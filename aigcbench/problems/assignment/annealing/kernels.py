"""Compiled moves of simulated annealing on the temporal generalised assignment program.

A move sends a task to another server. If it does not fit there, one task that blocks it is ejected and goes to the best other
server where it fits, or is left out. That single rule holds relocation, insertion, rejection and swaps, because the room that
the first task leaves is open to the second. A move is rated before anything is changed, since most moves are refused.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aigcbench.problems.assignment.simulator import NONE, kernel


class State(NamedTuple):
    """A plan of J tasks on E servers with its load profile over M maximal active sets; small integers keep it in the caches."""

    value: np.ndarray  # (J, E) float64, gain of serving a task, -inf where it is larger than the server
    ranking: np.ndarray  # (J, E) int32, servers from best to worst
    n_ranked: np.ndarray  # (J,) int32, how many of them can hold the task
    proposals: np.ndarray  # (J, P) int32, servers to be tried, as often as they are promising
    steps: np.ndarray  # (J,) int32
    capacity: np.ndarray  # (E,) int32, steps
    start: np.ndarray  # (J,) int32, the task belongs to the sets start..stop-1
    stop: np.ndarray  # (J,) int32
    oldest: np.ndarray  # (M,) int32, the tasks of a set are among oldest..newest
    newest: np.ndarray  # (M,) int32
    load: np.ndarray  # (E, M) int32, steps
    plan: np.ndarray  # (J,) int32, server of each task, -1 where it is left out
    best_plan: np.ndarray  # (J,) int32
    score: np.ndarray  # (2,) float64, value of the plan and of the best plan


@kernel
def anneal(s, rng, temperature, moves):
    """Try ``moves`` random moves; keep one that changes the value by d < 0 with probability exp(d / temperature)."""
    n_tasks, n_proposals = s.proposals.shape
    copied = True  # whether the best plan has been copied: not before it is left behind, as most are improved at once
    for _ in range(moves):
        j = int(rng.random() * n_tasks)
        if s.n_ranked[j] == 0:
            continue
        e = s.proposals[j, int(rng.random() * n_proposals)]
        old = s.plan[j]
        if e == old:
            continue
        required = -temperature * rng.standard_exponential()
        gain = s.value[j, e] - _held(s, j)
        limit = s.capacity[e] - s.steps[j]
        top = peak(s.load, e, s.start[j], s.stop[j])
        ejected, place = NONE, NONE
        if top > limit:
            ejected = _draw_blocking(s, rng, j, e, limit, top)
            if ejected == NONE:
                continue
            gain -= s.value[ejected, e]
            place = _place_for(s, ejected, e, j, required - gain)
            if place != NONE:
                gain += s.value[ejected, place]
        if gain < required:
            continue
        if gain < 0.0 and not copied:
            keep_plan(s)
            copied = True
        if ejected != NONE:
            move(s, ejected, NONE)
        move(s, j, e)
        if place != NONE:
            move(s, ejected, place)
        s.score[0] += gain
        if s.score[0] > s.score[1]:
            s.score[1] = s.score[0]
            copied = False
    if not copied:
        keep_plan(s)


@kernel
def move(s, j, server):
    """Put task ``j`` on ``server`` (-1: on none), whatever room there is."""
    if s.plan[j] != NONE:
        _shift(s.load, s.plan[j], s.start[j], s.stop[j], -s.steps[j])
    s.plan[j] = server
    if server != NONE:
        _shift(s.load, server, s.start[j], s.stop[j], s.steps[j])


@kernel
def place_all(s, plan):
    """Start from ``plan`` (J,), which overloads no server; the search is empty."""
    for j in range(len(plan)):
        move(s, j, plan[j])
        s.score[0] += _held(s, j)
    s.score[1] = s.score[0]
    keep_plan(s)


@kernel
def keep_plan(s):
    """Make the plan the best plan."""
    for j in range(len(s.plan)):
        s.best_plan[j] = s.plan[j]


@kernel
def _held(s, j):
    """Value that task ``j`` has in the plan."""
    return s.value[j, s.plan[j]] if s.plan[j] != NONE else 0.0


@kernel
def peak(load, e, start, stop):
    """Highest load of server ``e`` over a span; unsigned indices let the loop be vectorised."""
    row = load[e]
    top = row[start]
    for m in range(np.uint64(start), np.uint64(stop)):
        top = max(top, row[m])
    return top


@kernel
def _shift(load, e, start, stop, steps):
    """Add ``steps`` to the load of server ``e`` over a span."""
    row = load[e]
    for m in range(np.uint64(start), np.uint64(stop)):
        row[m] += steps


@kernel
def _draw_blocking(s, rng, j, e, limit, top):
    """A random task of server ``e`` without which task ``j`` would fit there, or -1; ``top`` is the peak over its span."""
    row = s.load[e]
    first, after = s.start[j], s.stop[j]
    while row[first] <= limit:
        first += 1
    while row[after - 1] <= limit:
        after -= 1
    drawn, count = np.int64(NONE), 0
    for k in range(np.uint64(s.oldest[first]), np.uint64(s.newest[first]) + np.uint64(1)):
        if s.plan[k] == e and s.start[k] <= first and s.stop[k] >= after and s.steps[k] >= top - limit:
            count += 1
            if rng.random() * count < 1.0:
                drawn = np.int64(k)
    return drawn


@kernel
def _place_for(s, k, banned, mover, required):
    """Best-ranked server but ``banned`` of at least ``required`` value where task ``k`` fits once ``mover`` is gone, or -1."""
    lowest = max(required, 0.0)  # below 0 it is better left out
    for rank in range(s.n_ranked[k]):
        e = s.ranking[k, rank]
        if e == banned or s.value[k, e] < lowest:
            continue
        limit = s.capacity[e] - s.steps[k]
        if e == s.plan[mover]:
            _shift(s.load, e, s.start[mover], s.stop[mover], -s.steps[mover])
            fits = peak(s.load, e, s.start[k], s.stop[k]) <= limit
            _shift(s.load, e, s.start[mover], s.stop[mover], s.steps[mover])
        else:
            fits = peak(s.load, e, s.start[k], s.stop[k]) <= limit
        if fits:
            return e
    return NONE
