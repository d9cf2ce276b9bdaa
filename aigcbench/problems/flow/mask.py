"""Which actions of flow are sensible, told from the observation alone: those under which the flow meets its deadline."""

from __future__ import annotations

import numpy as np

from aigcbench.observation import Context
from aigcbench.problems.flow.delay import action_delay, kernel
from aigcbench.problems.flow.model import RESOURCES

SLACK = 1e-5  # relative: makes up for the rounding of float32 observations
ENTRIES = ("flow_rate", "flow_deadline", "flow_data", "flow_work", "free_bandwidth", "backlog", "free_units")


def mask_table(context: Context) -> np.ndarray:
    """What `allow` needs to know beyond the observation: sizes, server, scales, levels (float64)."""
    scale = [np.ravel(context.layout[name].of(context.scale))[0] for name in ENTRIES]
    header = [
        len(context["gateway_capacity"]),
        context["blocked_share"],
        1000.0 * context["compute_tflops"] / context["compute_units"],
    ]
    return np.concatenate([header, scale, context["level_rate"], context["level_units"]])


@kernel
def allow(observations, table, allowed):
    """Fill ``allowed`` (N, A) bool for scaled observations (N, D): not blocked and not late, or the last action, which rejects."""
    gateways, blocked_share, unit_gflops = int(table[0]), table[1], table[2]
    scale = table[3:10]
    levels = (len(table) - 10) // 2
    level_rate, level_units = table[10 : 10 + levels], table[10 + levels :]
    for n in range(observations.shape[0]):
        rate, deadline = observations[n, 0] * scale[0], observations[n, 1] * scale[1] * (1.0 + SLACK)
        least = blocked_share * rate * (1.0 - SLACK)
        data, work = observations[n, 2] * scale[2], observations[n, 3] * scale[3]
        free_units = observations[n, RESOURCES + 2 * gateways] * scale[6] * (1.0 + SLACK)
        for g in range(gateways):
            free = observations[n, RESOURCES + g] * scale[4]
            backlog = observations[n, RESOURCES + gateways + g] * scale[5]
            for level in range(levels):
                wanted, units = level_rate[level] * rate, level_units[level]
                delay = action_delay(wanted, least, data, work, free, backlog, units, free_units, unit_gflops)
                allowed[n, g * levels + level] = 0.0 <= delay <= deadline
        allowed[n, gateways * levels] = True
