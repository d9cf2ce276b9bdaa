"""Compiled moves of a plan: task by task to its best station, and the random moves of annealing."""

from __future__ import annotations

import numpy as np

from aigcbench.problems.offloading.search import kernels
from aigcbench.problems.offloading.simulator import kernel

CERTAINTY = 1e-9  # relative: a gain below it may be rounding


@kernel
def improve_tasks(p, tasks):
    """Move each of ``tasks`` to the station where the total delay is least; return how many have moved."""
    moved = 0
    for j in tasks:
        saved = kernels.leaving(p, j)
        least, goal = saved * (1.0 - CERTAINTY), -1
        for s in range(len(p.capacity)):
            if s != p.station[j]:
                added = kernels.joining(p, j, s, least)
                if added < least:
                    least, goal = added, s
        if goal >= 0:
            kernels.relocate(p, j, goal, least - saved)
            moved += 1
    return moved


@kernel
def anneal(p, rng, temperature, swap_share, reach, moves):
    """Try random moves at a temperature (s of total delay); return how many were made.

    A share ``swap_share`` exchanges the stations of two tasks at most ``reach`` places apart; the others send one task elsewhere.
    """
    made, tasks, stations = 0, len(p.station), len(p.capacity)
    for _ in range(moves):
        j = int(rng.random() * tasks)
        allowed = -temperature * np.log(1.0 - rng.random())
        if rng.random() < swap_share:
            k = min(max(j + round((2.0 * rng.random() - 1.0) * reach), 0), tasks - 1)
            s, goal = p.station[j], p.station[k]
            if s == goal:
                continue
            if p.work[k] > p.work[j]:  # where the lesser work joins first: the other station's change is limited then
                j, k, s, goal = k, j, goal, s
            change = kernels.replacing(p, j, k, np.inf)
            change += kernels.replacing(p, k, j, allowed - change)
            if change <= allowed:
                kernels.relocate(p, j, goal, change)
                kernels.relocate(p, k, s, 0.0)
                made += 1
        else:
            goal = int(rng.random() * stations)
            if goal == p.station[j]:
                continue
            saved = kernels.leaving(p, j)
            change = kernels.joining(p, j, goal, saved + allowed) - saved
            if change <= allowed:
                kernels.relocate(p, j, goal, change)
                made += 1
    return made
