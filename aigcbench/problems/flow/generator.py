"""Draws flow instances from a scenario's parameters.

Each of ``users`` starts Poisson(``flows_per_user_slot``) flows in every slot, so that a slot has Poisson(users * rate) of them.
Where the scenario has bursts the rate is modulated by a Markov chain of two states, one transition a slot: bursts and calms
last geometric numbers of slots with the stated means, the chain starts in its stationary law, and the rate in a burst is
``rate_factor`` times that in a calm, the long-run mean rate staying the same. Given the slots' rates the number of flows is
Poisson of their sum and their slots are independent, which is how they are drawn; ``flows`` above 0 fixes the number instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from aigcbench.errors import InputError
from aigcbench.problems.draws import indices, poisson, uniform, validate_interval
from aigcbench.problems.flow import model
from aigcbench.schema import Array, Field, refuse_unknown, validate_arrays, validate_fields

KEPT = ("slot_s", "n_slots", "compute_tflops", "compute_units", "blocked_share", "delay_weight", "blocked_weight", "balance_weight")  # fmt: skip
FIELDS = (
    *(field for field in model.PARAMETERS if field.name in KEPT),
    Field("gateways", int, "", "Number of gateways G", 1, 10**5),
    Field("users", int, "", "Number of users", 1, 10**9),
    Field("flows_per_user_slot", float, "1/slot", "Mean number of flows that a user starts in a slot", 0, 1e6),
    Field("flows", int, "", "Exact number of flows; 0: Poisson, at least one", 0, 10**8),
)
INTERVALS = {
    "gateway_mbit_s": ("Mbit/s", 1e9),
    "flow_rate_mbit_s": ("Mbit/s", 1e9),
    "flow_deadline_s": ("s", 1e9),
    "flow_data_share": ("", 1e3),
}
BURST = (
    Field("rate_factor", float, "", "Rate in a burst over that in a calm", 1, 1e6),
    Field("burst_slots", float, "slots", "Mean length of a burst", 1, 1e9),
    Field("calm_slots", float, "slots", "Mean length of a calm", 1, 1e9),
)
LEVELS = tuple(array for array in model.ARRAYS if array.name in ("level_rate", "level_units"))
FLEET = tuple(array for array in model.ARRAYS if array.name == "gateway_capacity")
SMALLEST = 1e-9
MAXIMUM_FLOWS = 10**8


def validate_scenario(parameters: Mapping[str, Any], fleet: Mapping[str, Any] | None, where: str) -> None:
    """Raise `InputError` unless the generator can draw from these parameters."""
    place = f"{where}: parameters"
    tables = (*INTERVALS, "flow_work_gflop", "burst", *(array.name for array in LEVELS))
    refuse_unknown(parameters, [field.name for field in FIELDS] + list(tables), place)
    validate_fields(FIELDS, {k: v for k, v in parameters.items() if k not in tables}, place)
    for name, (unit, largest) in INTERVALS.items():
        validate_interval(parameters.get(name), f"{place}.{name}", unit, SMALLEST, largest)
    work = parameters.get("flow_work_gflop")
    if not isinstance(work, list) or len(work) != len(model.TYPES):
        raise InputError(
            f"{place}.flow_work_gflop", "not one interval per type", f"a list of {len(model.TYPES)} tables"
        )
    for k, interval in enumerate(work):
        validate_interval(interval, f"{place}.flow_work_gflop[{k}]", "GFLOP", SMALLEST, 1e12)
    if "burst" in parameters:
        if not isinstance(parameters["burst"], Mapping):
            raise InputError(f"{place}.burst", "not a table", "{ rate_factor, burst_slots, calm_slots }")
        validate_fields(BURST, parameters["burst"], f"{place}.burst")
    _fixed_arrays(LEVELS, parameters, place)
    if _mean_flows(parameters) > MAXIMUM_FLOWS:
        raise InputError(
            place, "users * flows_per_user_slot * n_slots is too large", f"at most {MAXIMUM_FLOWS:,} flows"
        )
    if fleet is not None:
        _fixed_fleet(fleet, parameters, f"{where}: fleet")


def generate(
    parameters: Mapping[str, Any], fleet: Mapping[str, Any] | None, rng: np.random.Generator
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Draw one instance (Jiang et al., Section 5.1): gateways unless fixed, then arrivals, then flows."""
    arrays = _fixed_arrays(LEVELS, parameters, "parameters")
    if fleet is None:
        arrays["gateway_capacity"] = uniform(parameters["gateway_mbit_s"], parameters["gateways"], rng)
    else:
        arrays |= _fixed_fleet(fleet, parameters, "fleet")
    arrays["flow_slot"] = _arrivals(parameters, rng)
    count = len(arrays["flow_slot"])
    arrays["flow_rate"] = uniform(parameters["flow_rate_mbit_s"], count, rng)
    arrays["flow_deadline"] = uniform(parameters["flow_deadline_s"], count, rng)
    share = uniform(parameters["flow_data_share"], count, rng)
    arrays["flow_data"] = arrays["flow_rate"] * arrays["flow_deadline"] * share
    arrays["flow_priority"] = 1 + indices(model.PRIORITIES, count, rng)
    arrays["flow_type"] = indices(len(model.TYPES), count, rng)
    arrays["flow_work"] = _work(parameters["flow_work_gflop"], arrays["flow_type"], rng)
    return _scalars(parameters, arrays["gateway_capacity"]), arrays


def _scalars(parameters: Mapping[str, Any], capacity: np.ndarray) -> dict[str, Any]:
    """The instance's scalars; the scales are the ends of the scenario's intervals."""
    most = {name: float(parameters[name]["high"]) for name in INTERVALS}
    scalars = {field.name: field.kind(parameters[field.name]) for field in model.PARAMETERS if field.name in KEPT}
    return scalars | {
        "max_rate_mbit_s": most["flow_rate_mbit_s"],
        "max_deadline_s": most["flow_deadline_s"],
        "max_data_mbit": most["flow_rate_mbit_s"] * most["flow_deadline_s"] * most["flow_data_share"],
        "max_work_gflop": max(float(interval["high"]) for interval in parameters["flow_work_gflop"]),
        "max_gateway_mbit_s": max(most["gateway_mbit_s"], float(capacity.max())),
    }


def _work(intervals: list[Mapping[str, Any]], types: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Compute work of flows (GFLOP, float64), each uniform over its type's interval."""
    low, high = (np.array([float(interval[end]) for interval in intervals]) for end in ("low", "high"))
    return np.minimum(low[types] + (high - low)[types] * rng.random(len(types)), high[types])


def _arrivals(parameters: Mapping[str, Any], rng: np.random.Generator) -> np.ndarray:
    """Sorted arrival slots (int64)."""
    n_slots, burst = parameters["n_slots"], parameters.get("burst")
    if burst is None:
        count = _count(parameters, _mean_flows(parameters), rng)
        return np.sort(indices(n_slots, count, rng))
    rate = np.where(_in_burst(n_slots, burst, rng), float(burst["rate_factor"]), 1.0)
    total = rate.cumsum()
    in_burst = burst["burst_slots"] / (burst["burst_slots"] + burst["calm_slots"])
    long_run = 1.0 + in_burst * (burst["rate_factor"] - 1.0)
    count = _count(parameters, _mean_flows(parameters) / n_slots * float(total[-1]) / long_run, rng)
    slots = np.searchsorted(total, rng.random(count) * total[-1], side="right")
    return np.sort(np.minimum(slots, n_slots - 1)).astype(np.int64)


def _in_burst(n_slots: int, burst: Mapping[str, Any], rng: np.random.Generator) -> np.ndarray:
    """Whether each slot lies in a burst (bool)."""
    leave = 1.0 / burst["calm_slots"], 1.0 / burst["burst_slots"]
    draws = rng.random(n_slots)
    state = bool(draws[0] < burst["burst_slots"] / (burst["burst_slots"] + burst["calm_slots"]))
    states = [state]
    for draw in draws[1:].tolist():
        state ^= draw < leave[state]
        states.append(state)
    return np.array(states)


def _mean_flows(parameters: Mapping[str, Any]) -> float:
    return float(parameters["users"] * parameters["flows_per_user_slot"] * parameters["n_slots"])


def _count(parameters: Mapping[str, Any], mean: float, rng: np.random.Generator) -> int:
    """The number of flows: fixed, or Poisson and at least one, since an instance without a request has no score."""
    return parameters["flows"] or max(1, poisson(mean, rng))


def _fixed_fleet(fleet: Mapping[str, Any], parameters: Mapping[str, Any], where: str) -> dict[str, np.ndarray]:
    """The scenario's fixed gateways, held against their number."""
    refuse_unknown(fleet, [array.name for array in FLEET], where)
    arrays = _fixed_arrays(FLEET, fleet, where)
    if len(arrays["gateway_capacity"]) != parameters["gateways"]:
        found = f"{len(arrays['gateway_capacity'])} gateways"
        raise InputError(where, found, f"{parameters['gateways']}, as parameters say")
    return arrays


def _fixed_arrays(declared: tuple[Array, ...], given: Mapping[str, Any], where: str) -> dict[str, np.ndarray]:
    """Arrays that a scenario states number by number, in their declared dtypes."""
    arrays = {}
    for array in declared:
        try:
            numbers = np.array(given[array.name])
        except (KeyError, ValueError):
            numbers = np.array(None)
        if numbers.dtype.kind not in ("i" if array.dtype == "int64" else "if") or numbers.size == 0:
            wrong = f"missing or not a list of {'whole ' if array.dtype == 'int64' else ''}numbers"
            raise InputError(f"{where}.{array.name}", wrong, array.description)
        arrays[array.name] = numbers.astype(array.dtype)
    validate_arrays(declared, arrays, where)
    return arrays
