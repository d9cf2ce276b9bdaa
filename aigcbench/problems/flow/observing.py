"""What the simulator shows of an episode: the delay of an action, and kernels that write the observation vector (layout: `model`)."""

from __future__ import annotations

from aigcbench.problems.flow.delay import action_delay, kernel
from aigcbench.problems.flow.model import BLOCKED, LATEST, RESOURCES, TYPE


@kernel
def delay_of(s, n, j, g, level):
    """Delay (s) that flow ``j`` would have if admitted now, eqs. 2 to 6, or what blocks it; see `action_delay`."""
    units, rate = s.level_units[level], s.level_rate[level] * s.rate[n, j]
    least = s.blocked_share[n] * s.rate[n, j]
    free, backlog = s.free[n, g], s.backlog[n, g]
    return action_delay(
        rate, least, s.data[n, j], s.work[n, j], free, backlog, units, s.free_units[n], s.unit_gflops[n]
    )


@kernel
def observe_gateway(s, n, g):
    """Write what is free and what is to be sent on gateway ``g``."""
    if s.vector.shape[1] == 0:
        return
    k = RESOURCES + g
    s.vector[n, k] = s.free[n, g] / s.scale[n, k]
    k += s.capacity.shape[1]
    s.vector[n, k] = s.backlog[n, g] / s.scale[n, k]


@kernel
def observe_units(s, n):
    k = RESOURCES + 2 * s.capacity.shape[1]
    if k < s.vector.shape[1]:
        s.vector[n, k] = s.free_units[n] / s.scale[n, k]


@kernel
def observe_resources(s, n):
    """Write every gateway and the compute units."""
    for g in range(s.capacity.shape[1]):
        observe_gateway(s, n, g)
    observe_units(s, n)


@kernel
def observe_flow(s, n):
    """Write the current flow, the clock, and where the vector is long enough its delay under each action."""
    length = s.vector.shape[1]
    if length == 0:
        return
    j, vector, scale = s.current[n], s.vector[n], s.scale[n]
    vector[0] = s.rate[n, j] / scale[0]
    vector[1] = s.deadline[n, j] / scale[1]
    vector[2] = s.data[n, j] / scale[2]
    vector[3] = s.work[n, j] / scale[3]
    vector[4] = s.priority[n, j] / scale[4]
    for k in range(TYPE, RESOURCES):
        vector[k] = 0.0
    vector[TYPE + s.type[n, j]] = 1.0
    k = RESOURCES + 2 * s.capacity.shape[1] + 1
    if k < length:
        vector[k] = s.arrival[n, j] / scale[k]
    if k + 1 < length:
        _observe_delays(s, n, j, k + 1)


@kernel
def _observe_delays(s, n, j, k):
    """Write the delay of flow ``j`` under each action from entry ``k`` on."""
    for g in range(s.capacity.shape[1]):
        for level in range(s.level_rate.shape[0]):
            delay = delay_of(s, n, j, g, level)
            shown = BLOCKED if delay < 0.0 else min(delay / s.max_deadline[n], LATEST)
            s.vector[n, k] = shown * s.max_deadline[n] / s.scale[n, k]
            k += 1
