"""Flows that were blocked or came late: which, where, and by how much."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.flow.checker import Outcome, Run, replay
from aigcbench.problems.incident import Incident


def incidents(instance: Instance, decisions: Mapping[str, np.ndarray]) -> list[Incident]:
    """The flow that wanted most bandwidth of those without any, the first without compute, and the latest one."""
    action = decisions["action"]
    run, _ = replay(instance, action)
    found = []
    for outcome, describe in (
        (Outcome.BLOCKED_BANDWIDTH, _without_bandwidth),
        (Outcome.BLOCKED_COMPUTE, _without_compute),
        (Outcome.LATE, _late),
    ):
        flows = np.flatnonzero([own is outcome for own in run.outcome])
        if len(flows):
            flow, constraint, amount = describe(instance, action, run, flows)
            gateway = int(action[flow]) // len(instance["level_rate"])
            found.append(Incident(constraint, len(flows), f"flow {flow} on gateway {gateway}", amount))
    return found


def _without_bandwidth(instance: Instance, action: np.ndarray, run: Run, flows: np.ndarray) -> tuple[int, str, str]:
    flow = int(flows[instance["flow_rate"][flows].argmax()])
    gateway = action // len(instance["level_rate"])
    arrival, rate = _arrivals(instance), np.array(run.rate)
    ends = arrival + np.divide(instance["flow_data"], rate, out=np.zeros(len(rate)), where=rate > 0.0)
    sending = (gateway == gateway[flow]) & (ends > arrival[flow])
    free = instance["gateway_capacity"][gateway[flow]] - rate[:flow][sending[:flow]].sum()
    wanted = (
        f"{instance['flow_rate'][flow]:.4g} Mbit/s required, {abs(round(free, 6)):.3g} free"  # not the rounding error
    )
    return flow, "gateway bandwidth", wanted


def _without_compute(instance: Instance, action: np.ndarray, run: Run, flows: np.ndarray) -> tuple[int, str, str]:
    flow = int(flows[0])
    arrival, delay = _arrivals(instance), np.array(run.delay)
    units = instance["level_units"][action % len(instance["level_rate"])]
    busy = (delay > 0.0) & (arrival + delay > arrival[flow])
    free = int(instance.parameters["compute_units"]) - int(units[:flow][busy[:flow]].sum())
    return flow, "compute units", f"{units[flow]} units wanted, {free} free"


def _late(instance: Instance, action: np.ndarray, run: Run, flows: np.ndarray) -> tuple[int, str, str]:
    delay, deadline = np.array(run.delay), instance["flow_deadline"]
    flow = int(flows[(delay[flows] - deadline[flows]).argmax()])
    return flow, "deadline", f"{delay[flow]:.3g} s taken, {deadline[flow]:.3g} s allowed"


def _arrivals(instance: Instance) -> np.ndarray:
    """When each flow arrives (s)."""
    return np.asarray(instance["flow_slot"] * float(instance.parameters["slot_s"]))
