"""Compiled moves of simulated annealing on decisions as they are played, crashes included.

Where no task may be rejected, one that fits nowhere crashes a server, and which crash costs least depends on what else runs
there and on what was sent there to be lost together. Here every task has a server, and a move is rated by playing the servers
that it touches: from the first task that it concerns to the moment when all that it changed has left again.
"""
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, disallow-untyped-decorators=False

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aigcbench.problems.assignment.simulator import NONE, kernel

NEIGHBOURS = 4  # tasks of a server before and after another's arrival that may make way for it


class Play(NamedTuple):
    """J tasks on E servers as played; tasks are counted in order of arrival, which is also the clock."""

    utility: np.ndarray  # (J, E) float64, -inf where the task is larger than the server
    proposals: np.ndarray  # (J, P) int32, servers to be tried, as often as they are promising
    steps: np.ndarray  # (J,) int32
    capacity: np.ndarray  # (E,) int32, steps
    last: np.ndarray  # (J,) int32, last arrival at which the task runs unless it crashes
    oldest: np.ndarray  # (J,) int32, first task that may still run at an arrival
    server: np.ndarray  # (J,) int32
    best_server: np.ndarray  # (J,) int32
    order: np.ndarray  # (E, J) int32, the tasks of each server
    n_placed: np.ndarray  # (E,) int32, how many they are
    gone: np.ndarray  # (J,) int32, first arrival that does not find the task running: last + 1, or the crash
    served: np.ndarray  # (J,) bool
    running: np.ndarray  # (J,) int32, scratch
    changed: np.ndarray  # (3, J) int32, scratch: task, gone, served
    n_changed: np.ndarray  # (1,) int64
    score: np.ndarray  # (2,) float64, utility now and of the best


@kernel
def anneal(s, rng, temperature, moves):
    """Try ``moves`` random moves; keep one that changes the utility by d < 0 with probability exp(d / temperature)."""
    n_tasks, n_proposals = s.proposals.shape
    copied = True  # whether the best has been copied: not before it is left behind, as most are improved at once
    for _ in range(moves):
        j = int(rng.random() * n_tasks)
        old, new = s.server[j], s.proposals[j, int(rng.random() * n_proposals)]
        if old == new:
            continue
        k, place = NONE, NONE
        if rng.random() < 0.5 and s.n_placed[new] > 0:
            k = _draw_near(s, rng, new, j)
            place = old if rng.random() < 0.5 else s.proposals[k, int(rng.random() * n_proposals)]
            if place == new:
                continue
        required = -temperature * rng.standard_exponential()
        s.n_changed[0] = 0
        gain = _replay(s, new, k, j) + _replay(s, old, j, k if place == old else NONE)
        if place != NONE and place != old:
            gain += _replay(s, place, NONE, k)
        if gain < required:
            continue
        if gain < 0.0 and not copied:
            _keep(s)
            copied = True
        if k != NONE:
            _move(s, k, place)
        _move(s, j, new)
        for index in range(s.n_changed[0]):
            s.gone[s.changed[0, index]] = s.changed[1, index]
            s.served[s.changed[0, index]] = s.changed[2, index] == 1
        s.score[0] += gain
        if s.score[0] > s.score[1]:
            s.score[1] = s.score[0]
            copied = False
    if not copied:
        _keep(s)


@kernel
def play_all(s, server):
    """Start from ``server`` (J,), one for each task; nothing has been played yet."""
    for j in range(len(server)):
        s.server[j] = NONE
    for j in range(len(server)):
        s.n_changed[0] = 0
        s.score[0] += _replay(s, server[j], NONE, j)
        _move(s, j, server[j])
        for index in range(s.n_changed[0]):
            s.gone[s.changed[0, index]] = s.changed[1, index]
            s.served[s.changed[0, index]] = s.changed[2, index] == 1
    s.score[1] = s.score[0]
    _keep(s)


@kernel
def _keep(s):
    """Make the present servers the best ones."""
    for j in range(len(s.server)):
        s.best_server[j] = s.server[j]


@kernel
def _rank(s, e, j):
    """Number of tasks of server ``e`` that arrive before task ``j``."""
    low, high = 0, s.n_placed[e]
    while low < high:
        middle = (low + high) // 2
        if s.order[e, middle] < j:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _draw_near(s, rng, e, j):
    """A random task of server ``e`` that arrives shortly before or after task ``j``."""
    rank = _rank(s, e, j) - NEIGHBOURS + int(rng.random() * 2 * NEIGHBOURS)
    return s.order[e, min(max(rank, 0), s.n_placed[e] - 1)]


@kernel
def _move(s, j, server):
    """Enter task ``j`` in the list of ``server`` and strike it from that of its old one, if it has any."""
    old = s.server[j]
    if old != NONE:
        s.n_placed[old] -= 1
        for rank in range(_rank(s, old, j), s.n_placed[old]):
            s.order[old, rank] = s.order[old, rank + 1]
    at, rank = _rank(s, server, j), s.n_placed[server]
    while rank > at:
        s.order[server, rank] = s.order[server, rank - 1]
        rank -= 1
    s.order[server, at] = j
    s.n_placed[server] += 1
    s.server[j] = server


@kernel
def _replay(s, e, removed, added):
    """Change of utility when server ``e`` is played without task ``removed`` and with task ``added`` (-1: none).

    Notes in ``changed`` whose fate differs. Two plays are alike again at the first arrival after ``horizon``: by then every task
    that could be running in one of them only has left.
    """
    begin = min(removed, added) if removed != NONE and added != NONE else max(removed, added)
    horizon, change = np.int64(s.last[begin]), 0.0
    if removed != NONE:
        horizon = max(horizon, np.int64(s.last[removed]))
        if s.served[removed]:
            change -= s.utility[removed, e]
    if added != NONE:
        horizon = max(horizon, np.int64(s.last[added]))
    rank = _rank(s, e, begin)
    n_running, used = 0, 0
    for index in range(rank - 1, -1, -1):
        k = s.order[e, index]
        if k < s.oldest[begin]:
            break
        if s.last[k] >= begin and s.gone[k] >= begin:
            s.running[n_running] = k
            n_running += 1
            used += s.steps[k]
            if s.gone[k] <= s.last[k]:
                horizon = max(horizon, np.int64(s.last[k]))
    entered = added == NONE
    while True:
        k = np.int64(len(s.last))  # after all tasks
        if rank < s.n_placed[e]:
            k = np.int64(s.order[e, rank])
        if not entered and added < k:
            k, entered = np.int64(added), True
        elif rank < s.n_placed[e]:
            rank += 1
        if k == removed:
            continue
        kept = 0
        for index in range(n_running):
            r = s.running[index]
            if s.last[r] < k:
                used -= s.steps[r]
                change += _note(s, e, r, added, s.last[r] + 1, True)
            else:
                s.running[kept] = r
                kept += 1
        n_running = kept
        if k > horizon or k == len(s.last):
            return change
        if used + s.steps[k] <= s.capacity[e]:
            s.running[n_running] = k
            n_running += 1
            used += s.steps[k]
            if s.gone[k] <= s.last[k]:
                horizon = max(horizon, np.int64(s.last[k]))
            continue
        for index in range(n_running):
            horizon = max(horizon, np.int64(s.last[s.running[index]]))
            change += _note(s, e, s.running[index], added, k, False)
        horizon = max(horizon, np.int64(s.last[k]))
        change += _note(s, e, k, added, k, False)
        n_running, used = 0, 0


@kernel
def _note(s, e, j, added, gone, served):
    """Note a task's fate on server ``e`` if it differs; return the change of utility."""
    before = s.served[j] and j != added
    if j != added and s.gone[j] == gone and s.served[j] == served:
        return 0.0
    at = s.n_changed[0]
    s.changed[0, at], s.changed[1, at], s.changed[2, at] = j, gone, 1 if served else 0
    s.n_changed[0] += 1
    if before == served:
        return 0.0
    return s.utility[j, e] if served else -s.utility[j, e]
