"""Assignment instances from the requests of a trace; the rules stand in ``docs/traces.md``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from aigcbench.problems.assignment import generator
from aigcbench.traces.requests import Requests

SHORTEST_S = 1e-9


def mean_rate(parameters: Mapping[str, Any]) -> float:
    """Tasks per second."""
    return float(parameters["arrival_rate_per_s"])


def horizon_s(parameters: Mapping[str, Any]) -> float:
    """Length of the arrival process, s."""
    return float(parameters["horizon_s"])


def from_requests(
    requests: Requests, parameters: Mapping[str, Any], fleet: Mapping[str, Any] | None, rng: np.random.Generator
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """One instance; see `aigcbench.traces.mapping.TraceMapping`.

    Steps have the scenario's mean, then the nearest value of its grid. Run times have the scenario's mean and keep their tail.
    Types are the most frequent ones of the trace; those beyond the scenario's number share its last.
    """
    scalars, arrays = generator.generate(dict(parameters) | {"horizon_s": 0}, fleet, rng)
    grid = parameters["task_steps"]
    values = generator.grid_values(grid)
    middle = (values[0] + values[-1]) / 2
    nearest = np.rint((requests.steps * middle - values[0]) / grid["step"])
    arrays["task_arrival"] = requests.arrival
    arrays["task_steps"] = values[np.clip(nearest, 0, len(values) - 1).astype(np.int64)].astype(np.int64)
    mean_runtime = math.fsum(generator.runtime_s(values, parameters)) / len(values)
    arrays["task_runtime"] = np.maximum(requests.runtime * mean_runtime, SHORTEST_S)
    arrays["task_type"] = np.minimum(requests.type, parameters["task_types"] - 1)
    scalars["horizon_s"] = requests.span_s
    scalars["max_runtime_s"] = max(scalars["max_runtime_s"], float(arrays["task_runtime"].max()))
    return scalars, arrays
