"""Offloading instances from the requests of a trace; the rules stand in ``docs/traces.md``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from aigcbench.errors import InputError
from aigcbench.problems.draws import indices
from aigcbench.problems.offloading import generator
from aigcbench.traces.requests import Requests

MAXIMUM_CELLS = 10**8  # slots x stations


def mean_rate(parameters: Mapping[str, Any]) -> float:
    """Tasks per second over all stations."""
    return float(parameters["stations"] * _middle(parameters["tasks"]) / parameters["slot_s"])


def horizon_s(parameters: Mapping[str, Any]) -> float:
    """Length of the arrival process, s."""
    return float(parameters["slots"] * parameters["slot_s"])


def from_requests(
    requests: Requests, parameters: Mapping[str, Any], fleet: Mapping[str, Any] | None, rng: np.random.Generator
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """One instance; see `aigcbench.traces.mapping.TraceMapping`.

    Every user lives at one station, drawn. Work follows the run time and keeps its tail; data follows the input and results the
    output, both within the scenario's range. All have the scenario's mean.
    """
    scalars, arrays = generator.generate(dict(parameters) | {"slots": 1}, fleet, rng)
    slot_s, n_stations = float(parameters["slot_s"]), int(parameters["stations"])
    n_slots = max(1, math.ceil(round(requests.span_s / slot_s, 6)))
    if n_slots * n_stations > MAXIMUM_CELLS:
        found = f"{n_slots} slots of {n_stations} stations"
        raise InputError("--duration", found, f"at most {MAXIMUM_CELLS:,} of slots x stations")
    slot = np.minimum((requests.arrival / slot_s).astype(np.int64), n_slots - 1)
    users, user = np.unique(requests.user, return_inverse=True)
    cell = slot * n_stations + indices(n_stations, len(users), rng)[user]
    order = np.argsort(cell, kind="stable")
    mean_work = _middle(parameters["step_gcycles"]) * _middle(parameters["steps"])
    arrays["slot_tasks"] = np.bincount(cell, minlength=n_slots * n_stations).reshape(n_slots, n_stations)
    arrays["task_data"] = _within(parameters["data_mbit"], requests.input_size)[order]
    arrays["task_work"] = (requests.runtime * mean_work)[order]
    arrays["task_result"] = _within(parameters["result_mbit"], requests.output_size)[order]
    scalars["max_work_gcycles"] = max(scalars["max_work_gcycles"], float(arrays["task_work"].max()))
    return scalars, arrays


def _middle(limits: Mapping[str, Any]) -> float:
    return (float(limits["low"]) + float(limits["high"])) / 2


def _within(limits: Mapping[str, Any], relative: np.ndarray) -> np.ndarray:
    """Relative numbers times the middle of a range, cut off at its ends."""
    return np.clip(relative * _middle(limits), float(limits["low"]), float(limits["high"]))
