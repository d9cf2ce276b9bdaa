"""What dispatch rules share: they know the fleet from the context and look for a gateway and a level in a bare observation."""

from __future__ import annotations

import numpy as np

from aigcbench.observation import Context
from aigcbench.problems.flow.delay import action_delay, kernel
from aigcbench.problems.flow.model import REJECT, RESOURCES

GATEWAYS, LEVELS, BLOCKED_SHARE, UNIT_GFLOPS, UNITS, HEADER = range(6)


def fleet_table(context: Context) -> np.ndarray:
    """The fleet as compiled rules read it (float64): a header, then rate and units of each level, then capacities."""
    capacity, level_rate = context["gateway_capacity"], context["level_rate"]
    units = context["compute_units"]
    header = [
        len(capacity),
        len(level_rate),
        context["blocked_share"],
        1000.0 * context["compute_tflops"] / units,
        units,
    ]
    return np.concatenate([np.array(header, dtype=np.float64), level_rate, context["level_units"], capacity])


@kernel
def freest_gateway(vector, table):
    """The gateway with the largest share of its bandwidth free; ties to the lowest index."""
    first = HEADER + 2 * int(table[LEVELS])
    best, best_share = 0, -1.0
    for g in range(int(table[GATEWAYS])):
        share = vector[RESOURCES + g] / table[first + g]
        if share > best_share:
            best, best_share = g, share
    return best


@kernel
def delay_at(vector, table, g, level):
    """Delay (s) of the current flow on gateway ``g`` at ``level``, or what blocks it, told from an online observation."""
    gateways, levels = int(table[GATEWAYS]), int(table[LEVELS])
    rate, least = table[HEADER + level] * vector[0], table[BLOCKED_SHARE] * vector[0]
    free, backlog = vector[RESOURCES + g], vector[RESOURCES + gateways + g]
    units, free_units = table[HEADER + levels + level], vector[RESOURCES + 2 * gateways]
    return action_delay(rate, least, vector[2], vector[3], free, backlog, units, free_units, table[UNIT_GFLOPS])


@kernel
def admit_above_reserve(vector, table, reserve):
    """The highest level in time on the freest gateway, if it leaves ``reserve`` (a share) of the compute units free; else reject."""
    g, levels = freest_gateway(vector, table), int(table[LEVELS])
    free_units = vector[RESOURCES + 2 * int(table[GATEWAYS])]
    for level in range(levels - 1, -1, -1):
        delay = delay_at(vector, table, g, level)
        if 0.0 <= delay <= vector[1] and free_units - table[HEADER + levels + level] >= reserve * table[UNITS]:
            return g * levels + level
    return REJECT
