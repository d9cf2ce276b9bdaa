"""Which actions of assignment are sensible, told from the observation alone: services on servers with room for the task."""

from __future__ import annotations

import numpy as np
from numba import njit

from aigcbench.observation import Context

HALF_STEP = 0.5  # steps are whole numbers: half a one makes up for the rounding of float32 observations, up to 4 million of them


def mask_table(context: Context) -> np.ndarray:
    """What `allow` needs to know beyond the observation: sizes, scales, and the server of each service (float64)."""
    layout, arrays = context.layout, context.arrays
    header = [
        layout["task_steps"].start,
        layout["capacity_steps"].start,
        context["max_steps"],
        context["max_capacity"],
        context.reject_allowed,
    ]
    return np.concatenate([np.array(header, dtype=np.float64), arrays["service_server"].astype(np.float64)])


@njit(cache=True)
def allow(observations, table, allowed):  # type: ignore[no-untyped-def]
    """Fill ``allowed`` (N, A) bool for scaled observations (N, D): the task fits, or the action rejects it.

    Where no service has room and nothing may be rejected, everything is allowed: the least bad crash is the learner's to find.
    """
    task, servers = int(table[0]), int(table[1])
    largest_task, largest_capacity, rejects = table[2], table[3], int(table[4])
    service_server = table[5:]
    n_services = service_server.shape[0]
    for n in range(observations.shape[0]):
        needed = np.float64(observations[n, task]) * largest_task - HALF_STEP
        any_allowed = rejects > 0
        for i in range(n_services):
            e = servers + 2 * int(service_server[i])
            free = np.float64(observations[n, e + 1]) * np.float64(observations[n, e]) * largest_capacity
            allowed[n, i] = free >= needed
            any_allowed |= allowed[n, i]
        if rejects > 0:
            allowed[n, n_services] = True
        if not any_allowed:
            allowed[n, :] = True
