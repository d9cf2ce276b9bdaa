"""Observations of assignment as tokens: one for each server, one for each service, one for the task."""

from __future__ import annotations

import numpy as np

from aigcbench.errors import InputError
from aigcbench.learning.tokens import TokenLayout
from aigcbench.observation import Context


def token_layout(context: Context) -> TokenLayout:
    """The tokens of an observation; `InputError` for another formulation, and where tasks may be rejected."""
    if context.formulation != "assignment":
        raise InputError(f"scenario {context.scenario}", f"formulation {context.formulation}", "assignment")
    if context.reject_allowed:
        raise InputError(f"scenario {context.scenario}", "tasks may be rejected", "a service for every task")
    layout, n_servers = context.layout, len(context["server_capacity"])
    capacity, free = layout["capacity_steps"], layout["free_steps"]
    first_server = capacity.start
    servers = [[capacity.start + capacity.stride * e, free.start + free.stride * e] for e in range(n_servers)]
    return TokenLayout(
        task=np.array([*range(first_server), layout["time"].start]),
        servers=np.array(servers),
        service_server=context["service_server"].astype(np.int64),
    )
