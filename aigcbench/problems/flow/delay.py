"""The delay model (eqs. 2 to 6) in compiled form, for whoever knows a flow, a gateway and the free units: simulator, mask, rules."""

from __future__ import annotations

from typing import Any

from numba import njit

BLOCKED_BANDWIDTH, BLOCKED_COMPUTE = -1.0, -2.0  # in place of a delay

# Kernels allocate nothing, so they do without numba's reference counts, and divide without a check for zero (rates, capacities and
# scales are above 0).
KERNEL_OPTIONS: dict[str, Any] = {"cache": True, "_nrt": False, "error_model": "numpy"}
kernel: Any = njit(**KERNEL_OPTIONS)


@kernel
def action_delay(rate, least_rate, data, work, free, backlog, units, free_units, unit_gflops):
    """Delay (s) of a flow that asks for ``rate`` (Mbit/s) and ``units`` on a gateway, or which resource blocks it.

    Parameters
    ----------
    rate, least_rate
        What the level gives where it is free, and what blocks the flow where less is free, Mbit/s.
    data, work
        Mbit, GFLOP.
    free, backlog
        Of the gateway before the flow is admitted: Mbit/s, Mbit.
    units, free_units, unit_gflops
        Compute units of the level, those free, and the speed of one (GFLOP/s).
    """
    rate = min(rate, free)
    if rate < least_rate:
        return BLOCKED_BANDWIDTH
    if units > free_units:
        return BLOCKED_COMPUTE
    return data / rate + backlog / free + work / (units * unit_gflops)
