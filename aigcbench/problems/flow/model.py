"""What a flow instance is: fields, arrays, metrics, observation layout (AIGC flows over gateways to one edge server).

Flows ``f`` arrive in slots; each is sent over a gateway ``g`` at a rate and computed with a share of the edge server, both set by
a level ``k``, or rejected (Jiang et al., A Diffusion-based DRL Flow Scheduling for AIGC Services in Edge Network, eqs. 1 to 13,
26). The paper leaves open how delays and resources act together; this is the model chosen. At time ``t = slot * slot_s``:

1. Bandwidth and compute whose release time is at most ``t`` are free again.
2. Rate ``r = min(level_rate[k] * q, free_g)``. Blocked by bandwidth if ``r < blocked_share * q``, else blocked by compute if
   fewer than ``level_units[k]`` units are free. A blocked flow fails and holds nothing.
3. Delay (eqs. 2 to 6) ``D / r + Q_g / free_g + work / c`` with ``c = level_units[k] * 1000 * compute_tflops / compute_units``
   GFLOP/s. ``Q_g``, what admitted flows have still to send on g, ``sum of r * (end - t)``, and ``free_g`` are those before this
   flow is admitted; ``free_g`` is at least ``r``, so that the wait is finite.
4. The flow holds ``r`` on g until ``end = t + D / r``, and its units until ``t + delay``, also where it is late.
5. It is completed if and only if ``delay <= Treq``, also where it ends after the last slot.

Flows of one slot are decided one after the other; each sees what those before it have taken. Reward (eq. 13, weighted by priority):
``-p * (delay_weight * H_d + blocked_weight * blocked) - balance_weight * H_r``, where ``H_d = (delay - Treq) / Treq`` clipped to
[-1, 1], 1 for a rejected or blocked flow, and ``H_r`` is the largest minus the smallest share of bandwidth in use over the gateways,
after the decision.
"""

from __future__ import annotations

import numpy as np

from aigcbench.errors import InputError
from aigcbench.instance import Instance
from aigcbench.observation import Context, Layout, View
from aigcbench.schema import Array, Field, validate_arrays, validate_fields
from aigcbench.score import Metric

NAME = "flow"
SUMMARY = "Admit each arriving flow to a gateway at a level of bandwidth and compute, or reject it, so that it meets its deadline (diffusion-DRL flow scheduling)"

METRICS = (
    Metric(
        "weighted_completion_rate", "", "up", "Share of flows completed in time, weighted by priority", ("utility",)
    ),
    Metric("completion_rate", "", "up", "Share of flows completed in time"),
    Metric("reward", "", "up", "The paper's episode return, eq. 13"),
    Metric("mean_delay", "s", "down", "Mean delay of completed flows", ("delay",)),
    Metric("p95_delay", "s", "down", "95th percentile of the delay of completed flows"),
    Metric("failure_rate", "", "down", "Share of flows not completed: late, blocked or rejected", ("crash rate",)),
    Metric("late_rate", "", "down", "Share of flows admitted that miss their deadline"),
    Metric("blocked_bandwidth_rate", "", "down", "Share of flows blocked by too little free bandwidth"),
    Metric("blocked_compute_rate", "", "down", "Share of flows blocked by too few free compute units"),
    Metric("rejected_rate", "", "down", "Share of flows rejected on purpose"),
    Metric("gateway_utilisation", "", "up", "Share of all bandwidth in use, time average over the horizon"),
    Metric("compute_utilisation", "", "up", "Share of compute units in use, time average over the horizon"),
)

PARAMETERS = (
    Field("slot_s", float, "s", "Length of a slot", 1e-9, 1e6),
    Field("n_slots", int, "slots", "Slots in which flows arrive; n_slots * slot_s is the horizon", 1, 10**9),
    Field("compute_tflops", float, "TFLOP/s", "Speed F of the edge server", 1e-9, 1e9),
    Field("compute_units", int, "units", "Equal shares into which F is divided", 1, 10**7),
    Field("blocked_share", float, "", "Share of its rate requirement below which a flow is blocked", 1e-9, 1),
    Field("delay_weight", float, "reward", "alpha of eq. 13, the weight of H_d", 0, 1e6),
    Field("blocked_weight", float, "reward", "kappa of eq. 13, the penalty of a blocked flow", 0, 1e6),
    Field("balance_weight", float, "reward", "beta of eq. 13, the weight of H_r", 0, 1e6),
    Field("max_rate_mbit_s", float, "Mbit/s", "Largest rate requirement; scales the observation", 1e-9, 1e9),
    Field("max_deadline_s", float, "s", "Largest delay requirement; scales the observation", 1e-9, 1e9),
    Field("max_data_mbit", float, "Mbit", "Largest flow; scales the observation", 1e-9, 1e12),
    Field("max_work_gflop", float, "GFLOP", "Largest compute work; scales the observation", 1e-9, 1e12),
    Field("max_gateway_mbit_s", float, "Mbit/s", "Largest gateway; scales the observation", 1e-9, 1e9),
)

PRIORITIES = 3
TYPES = ("text", "image", "3D scene")

ARRAYS = (
    Array("gateway_capacity", "float64", ("gateways",), "Mbit/s", "Bandwidth R_g of each gateway", 1e-9, 1e9),
    Array("level_rate", "float64", ("levels",), "", "Rate of each level as a multiple of the flow's requirement", 1e-9, 1e6),
    Array("level_units", "int64", ("levels",), "units", "Compute units of each level", 1, 10**7),
    Array("flow_slot", "int64", ("flows",), "slots", "Slot of arrival, non-decreasing", 0, 10**9),
    Array("flow_rate", "float64", ("flows",), "Mbit/s", "Rate requirement q", 1e-9, 1e9),
    Array("flow_deadline", "float64", ("flows",), "s", "Delay requirement Treq, counted from arrival", 1e-9, 1e9),
    Array("flow_data", "float64", ("flows",), "Mbit", "Data D", 1e-9, 1e12),
    Array("flow_work", "float64", ("flows",), "GFLOP", "Compute work", 1e-9, 1e12),
    Array("flow_priority", "int64", ("flows",), "", "Priority p, 3 is the highest", 1, PRIORITIES),
    Array("flow_type", "int64", ("flows",), "", "Type: 0 text, 1 image, 2 3D scene", 0, len(TYPES) - 1),
)  # fmt: skip

DECISIONS = (
    Array("action", "int64", ("flows",), "", "gateway * levels + level of each flow, both from 0; -1 to reject", -1),
)
ACTION = Array("action", "int64", (), "", "gateway * levels + level of the current flow, -1 to reject")

REJECT = -1
TYPE, RESOURCES = 5, 5 + len(TYPES)  # where the one-hot type and the state of the resources start in an observation
LATEST = 2.0  # in max_deadline_s: delays beyond show as this; eq. 13's H_d does not tell them apart either
BLOCKED = 3.0  # in max_deadline_s: what the informed observation shows as the delay of an action that would be blocked


def validate(instance: Instance, where: str) -> None:
    """Raise `InputError` unless the instance is a sound flow instance."""
    validate_fields(PARAMETERS, instance.parameters, f"{where}: parameters")
    sizes = validate_arrays(ARRAYS, instance.arrays, f"{where}: arrays")
    for name in ("gateways", "levels", "flows"):
        if sizes[name] == 0:
            raise InputError(f"{where}: arrays", f"no {name}", "at least one")
    slot, n_slots = instance["flow_slot"], instance.parameters["n_slots"]
    descends = np.concatenate([[False], slot[1:] < slot[:-1]])
    _refuse_first(descends, slot, f"{where}: arrays.flow_slot", "non-decreasing order")
    _refuse_first(slot >= n_slots, slot, f"{where}: arrays.flow_slot", f"below n_slots = {n_slots}")
    for name, most in (
        ("flow_rate", "max_rate_mbit_s"),
        ("flow_deadline", "max_deadline_s"),
        ("flow_data", "max_data_mbit"),
        ("flow_work", "max_work_gflop"),
        ("gateway_capacity", "max_gateway_mbit_s"),
    ):
        largest = instance.parameters[most]
        expected = f"at most {most} = {largest}"
        _refuse_first(instance[name] > largest, instance[name], f"{where}: arrays.{name}", expected)


def _refuse_first(bad: np.ndarray, array: np.ndarray, where: str, expected: str) -> None:
    if bad.any():
        first = int(np.argmax(bad))
        raise InputError(f"{where}[{first}]", str(array[first]), expected)


def n_actions(instance: Instance) -> int:
    """Number of actions that admit a flow: gateways x levels."""
    return len(instance["gateway_capacity"]) * len(instance["level_rate"])


def unit_gflops(instance: Instance) -> float:
    """Speed of one compute unit, GFLOP/s."""
    return 1000.0 * float(instance.parameters["compute_tflops"]) / float(instance.parameters["compute_units"])


def layout_of(instance: Instance) -> Layout:
    """Observation layout: the flow, then gateways and server (the paper's state, eq. 11), then the clock, then delays."""
    gateways = len(instance["gateway_capacity"])
    clock = RESOURCES + 2 * gateways + 1
    views = (
        View("flow_rate", "Mbit/s", "Rate requirement of the current flow", 0),
        View("flow_deadline", "s", "Delay requirement of the current flow", 1),
        View("flow_data", "Mbit", "Data of the current flow", 2),
        View("flow_work", "GFLOP", "Compute work of the current flow", 3),
        View("flow_priority", "", "Priority of the current flow, 1 to 3", TYPE - 1),
        View("flow_type", "", "One-hot type of the current flow", TYPE, len(TYPES)),
        View("free_bandwidth", "Mbit/s", "Free bandwidth of each gateway", RESOURCES, gateways),
        View("backlog", "Mbit", "What admitted flows have still to send on each gateway", RESOURCES + gateways, gateways),
        View("free_units", "units", "Free compute units", clock - 1),
        View("time", "s", "Arrival time of the current flow", clock),
        View("delay", "s", "Delay of the current flow under each action (informed)", clock + 1, n_actions(instance)),
    )  # fmt: skip
    return Layout(views, {"paper": clock, "online": clock + 1, "informed": clock + 1 + n_actions(instance)})


def scale_of(instance: Instance, layout: Layout) -> np.ndarray:
    """What each observation entry is divided by for a learner (float64): the largest of its kind."""
    most = instance.parameters
    scale = np.ones(layout.lengths["informed"])
    divisors = {
        "flow_rate": most["max_rate_mbit_s"],
        "flow_deadline": most["max_deadline_s"],
        "flow_data": most["max_data_mbit"],
        "flow_work": most["max_work_gflop"],
        "flow_priority": PRIORITIES,
        "free_bandwidth": most["max_gateway_mbit_s"],
        "backlog": float(most["max_gateway_mbit_s"]) * float(most["max_deadline_s"]),
        "free_units": most["compute_units"],
        "time": float(most["n_slots"]) * float(most["slot_s"]),
        "delay": most["max_deadline_s"],
    }
    for name, divisor in divisors.items():
        layout[name].of(scale)[...] = divisor
    return scale


def n_requests(instance: Instance) -> int:
    """One decision per flow."""
    return len(instance["flow_slot"])


def context_of(instance: Instance, information: str) -> Context:
    """What an operator knows: gateways, levels and the scenario. Never the number of flows."""
    layout = layout_of(instance)
    return Context(
        formulation=NAME,
        scenario=instance.scenario,
        information=information,
        n_actions=n_actions(instance),
        reject_allowed=True,
        layout=layout,
        scale=scale_of(instance, layout)[: layout.lengths[information]],
        parameters=dict(instance.parameters),
        arrays={name: instance[name] for name in ("gateway_capacity", "level_rate", "level_units")},
    )
