"""Flow instances from the requests of a trace; the rules stand in ``docs/traces.md``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from aigcbench.problems.flow import generator
from aigcbench.traces.requests import Requests


def mean_rate(parameters: Mapping[str, Any]) -> float:
    """Flows per second."""
    per_slot = parameters["users"] * parameters["flows_per_user_slot"]
    return float(parameters["flows"] / horizon_s(parameters) or per_slot / parameters["slot_s"])


def horizon_s(parameters: Mapping[str, Any]) -> float:
    """Length of the arrival process, s."""
    return float(parameters["n_slots"] * parameters["slot_s"])


def from_requests(
    requests: Requests, parameters: Mapping[str, Any], fleet: Mapping[str, Any] | None, rng: np.random.Generator
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """One instance; see `aigcbench.traces.mapping.TraceMapping`.

    Deadlines, priorities and the share of its deadline that a flow is sent in are drawn as in the scenario. The rate asked for
    follows the input, within the scenario's interval, and the data with it; work follows the run time and keeps its tail. Both
    have the scenario's mean. A flow's type is the one whose interval of work is nearest.
    """
    drawn = {name: value for name, value in parameters.items() if name != "burst"} | {"flows": len(requests)}
    scalars, arrays = generator.generate(drawn, fleet, rng)
    share = arrays["flow_data"] / (arrays["flow_rate"] * arrays["flow_deadline"])
    slot_s, rates = float(parameters["slot_s"]), parameters["flow_rate_mbit_s"]
    n_slots = max(1, math.ceil(round(requests.span_s / slot_s, 6)))
    arrays["flow_slot"] = np.minimum((requests.arrival / slot_s).astype(np.int64), n_slots - 1)
    arrays["flow_rate"] = np.clip(requests.input_size * _middle(rates), float(rates["low"]), float(rates["high"]))
    arrays["flow_data"] = arrays["flow_rate"] * arrays["flow_deadline"] * share
    intervals = parameters["flow_work_gflop"]
    mean_work = math.fsum(map(_middle, intervals)) / len(intervals)
    work = np.maximum(requests.runtime * mean_work, generator.SMALLEST)
    arrays["flow_work"], arrays["flow_type"] = work, _nearest(intervals, work)
    scalars["n_slots"] = n_slots
    scalars["max_work_gflop"] = max(scalars["max_work_gflop"], float(work.max()))
    scalars["max_data_mbit"] = max(scalars["max_data_mbit"], float(arrays["flow_data"].max()))
    return scalars, arrays


def _middle(interval: Mapping[str, Any]) -> float:
    return (float(interval["low"]) + float(interval["high"])) / 2


def _nearest(intervals: list[Mapping[str, Any]], work: np.ndarray) -> np.ndarray:
    """Index of the interval that each number lies in, or nearest to (int64); the first of those that are as near."""
    distances = [np.maximum(np.maximum(float(i["low"]) - work, work - float(i["high"])), 0.0) for i in intervals]
    return np.argmin(distances, axis=0).astype(np.int64)
