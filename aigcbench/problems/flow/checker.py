"""The judge of flow decisions, written from the formulation's text alone.

Flows are followed one by one. Each gateway keeps its transmissions, and what it has free or still to send is summed anew from them
whenever it is asked for, so that no rounding gathers. Nothing here is shared with the simulator that solvers run against; the tests
hold the two together.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from enum import Enum
from math import fsum

import numpy as np

from aigcbench.errors import InvalidDecisions
from aigcbench.instance import Instance

REJECTED = -1
GIGA_PER_TERA = 1000.0


class Outcome(Enum):
    """What became of a flow."""

    COMPLETED = "completed"
    LATE = "late"
    BLOCKED_BANDWIDTH = "blocked by bandwidth"
    BLOCKED_COMPUTE = "blocked by compute"
    REJECTED = "rejected"


@dataclass
class _Gateway:
    """One gateway's transmissions.

    Parameters
    ----------
    capacity
        Mbit/s.
    active
        Heap of (end s, rate Mbit/s).
    used
        Sum of the active rates, Mbit/s.
    sent
        What it sends until the horizon, Mbit; a term per transmission.
    """

    capacity: float
    active: list[tuple[float, float]] = field(default_factory=list)
    used: float = 0.0
    sent: list[float] = field(default_factory=list)

    def release(self, now: float) -> None:
        """Forget the transmissions that have ended by ``now``."""
        while self.active and self.active[0][0] <= now:
            heapq.heappop(self.active)
        self.used = fsum(rate for _, rate in self.active)

    def backlog(self, now: float) -> float:
        """Mbit that were admitted and are not yet sent."""
        return fsum(rate * (end - now) for end, rate in self.active)

    def admit(self, now: float, end: float, rate: float, horizon: float) -> None:
        """Start a transmission."""
        heapq.heappush(self.active, (end, rate))
        self.used = fsum(rate for _, rate in self.active)
        self.sent.append(rate * (min(end, horizon) - now))


@dataclass
class Run:
    """What became of each flow: outcome, delay (s) and rate (Mbit/s), both 0 where it was not admitted, reward; and unit-seconds of compute."""

    outcome: list[Outcome] = field(default_factory=list)
    delay: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    reward: list[float] = field(default_factory=list)
    unit_seconds: list[float] = field(default_factory=list)


def check(instance: Instance, action: np.ndarray) -> dict[str, float]:
    """Compute every metric of a schedule from raw decisions.

    Parameters
    ----------
    instance
        A valid flow instance.
    action
        ``gateway * levels + level`` of each flow, -1 to reject (integers, flows).

    Returns
    -------
    A finite value for each metric of the formulation, by name.

    Raises
    ------
    InvalidDecisions
        Constraint ``length`` or ``action-range``, naming the first bad flow.
    """
    _refuse_illegal(instance, action)
    run, gateways = replay(instance, action)
    share = {outcome: sum(found is outcome for found in run.outcome) / len(action) for outcome in Outcome}
    completed = np.array([found is Outcome.COMPLETED for found in run.outcome])
    priority = instance["flow_priority"]
    delay = np.array(run.delay)[completed]
    horizon = _horizon(instance)
    units = int(instance.parameters["compute_units"])
    metrics = {
        "weighted_completion_rate": int(priority[completed].sum()) / int(priority.sum()),
        "completion_rate": share[Outcome.COMPLETED],
        "reward": fsum(run.reward),
        "mean_delay": fsum(delay) / max(len(delay), 1),
        "p95_delay": np.percentile(delay, 95) if len(delay) else 0.0,
        "failure_rate": 1.0 - share[Outcome.COMPLETED],
        "late_rate": share[Outcome.LATE],
        "blocked_bandwidth_rate": share[Outcome.BLOCKED_BANDWIDTH],
        "blocked_compute_rate": share[Outcome.BLOCKED_COMPUTE],
        "rejected_rate": share[Outcome.REJECTED],
        "gateway_utilisation": fsum(fsum(g.sent) for g in gateways) / (fsum(g.capacity for g in gateways) * horizon),
        "compute_utilisation": fsum(run.unit_seconds) / (units * horizon),
    }
    return {name: float(value) for name, value in metrics.items()}


def _horizon(instance: Instance) -> float:
    """Length of the arrival process, s."""
    return int(instance.parameters["n_slots"]) * float(instance.parameters["slot_s"])


def _refuse_illegal(instance: Instance, action: np.ndarray) -> None:
    """Raise `InvalidDecisions` at the first flow whose decision is not legal."""
    n_flows = len(instance["flow_slot"])
    n_actions = len(instance["gateway_capacity"]) * len(instance["level_rate"])
    if action.shape != (n_flows,):
        where = f"flow {min(len(action), n_flows)}" if action.ndim == 1 else "action"
        raise InvalidDecisions(
            "length", where, f"decisions of shape {action.shape}", f"one for each of {n_flows} flows"
        )
    outside = (action < REJECTED) | (action >= n_actions)
    if outside.any():
        first = int(outside.argmax())
        expected = f"an action from 0 to {n_actions - 1}, or -1 to reject"
        raise InvalidDecisions("action-range", f"flow {first}", f"action {action[first]}", expected)


def replay(instance: Instance, action: np.ndarray) -> tuple[Run, list[_Gateway]]:
    """Follow all flows in order of arrival; what becomes of them, and the gateways at the end."""
    gateways = [_Gateway(capacity) for capacity in instance["gateway_capacity"].tolist()]
    slot_s, blocked_share = float(instance.parameters["slot_s"]), float(instance.parameters["blocked_share"])
    free_units = int(instance.parameters["compute_units"])
    gflop_s_per_unit = float(instance.parameters["compute_tflops"]) * GIGA_PER_TERA / free_units
    weights = [float(instance.parameters[f"{name}_weight"]) for name in ("delay", "blocked", "balance")]
    level_rate, level_units = instance["level_rate"].tolist(), instance["level_units"].tolist()
    horizon = _horizon(instance)
    names = ("flow_slot", "flow_rate", "flow_deadline", "flow_data", "flow_work", "flow_priority")
    sending: list[tuple[float, int]] = []  # heap of (end s, gateway)
    computing: list[tuple[float, int]] = []  # heap of (completion s, units)
    used_share = np.zeros(len(gateways))
    run = Run()
    for chosen, slot, required, deadline, data, work, priority in zip(
        action.tolist(), *(instance[name].tolist() for name in names), strict=True
    ):
        now = slot * slot_s
        while computing and computing[0][0] <= now:
            free_units += heapq.heappop(computing)[1]
        while sending and sending[0][0] <= now:
            place = heapq.heappop(sending)[1]
            gateways[place].release(now)
            used_share[place] = gateways[place].used / gateways[place].capacity
        outcome, delay, admitted_rate = Outcome.REJECTED, 0.0, 0.0
        if chosen != REJECTED:
            place, level = divmod(chosen, len(level_rate))
            gateway, units = gateways[place], level_units[level]
            free = gateway.capacity - gateway.used
            rate = min(level_rate[level] * required, free)
            if rate < blocked_share * required:
                outcome = Outcome.BLOCKED_BANDWIDTH
            elif free_units < units:
                outcome = Outcome.BLOCKED_COMPUTE
            else:
                delay = data / rate + gateway.backlog(now) / max(free, rate) + work / (units * gflop_s_per_unit)
                outcome = Outcome.COMPLETED if delay <= deadline else Outcome.LATE
                admitted_rate = rate
                gateway.admit(now, now + data / rate, rate, horizon)
                used_share[place] = gateway.used / gateway.capacity
                heapq.heappush(sending, (now + data / rate, place))
                heapq.heappush(computing, (now + delay, units))
                free_units -= units
                run.unit_seconds.append(units * (min(now + delay, horizon) - now))
        admitted = outcome in (Outcome.COMPLETED, Outcome.LATE)
        blocked = outcome in (Outcome.BLOCKED_BANDWIDTH, Outcome.BLOCKED_COMPUTE)
        lateness = min(max((delay - deadline) / deadline, -1.0), 1.0) if admitted else 1.0
        balance = float(used_share.max() - used_share.min())
        run.outcome.append(outcome)
        run.delay.append(delay)
        run.rate.append(admitted_rate)
        run.reward.append(-priority * (weights[0] * lateness + weights[1] * blocked) - weights[2] * balance)
    return run, gateways
