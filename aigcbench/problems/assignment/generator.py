"""Draws assignment instances from a scenario's parameters.

Only the generator's raw uniform stream and IEEE +, -, *, / are used (no logarithm, no library distribution), so that the same
scenario and seed give the same bytes on every platform and with every NumPy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from aigcbench.errors import InputError
from aigcbench.problems.assignment import model
from aigcbench.problems.draws import indices, poisson
from aigcbench.schema import Field, refuse_unknown, validate_arrays, validate_fields

FIELDS = (
    Field("servers", int, "", "Number of edge servers E", 1, 10**6),
    Field("services_per_server", int, "", "Services on each server", 1, 1000),
    Field("task_types", int, "", "Number of task types K", 1, 1000),
    Field("arrival_rate_per_s", float, "1/s", "Rate of the Poisson arrivals", 0, 1e6),
    Field("horizon_s", float, "s", "Length of the arrival process", 0, 1e15),
    Field("crash_penalty", float, "reward", "Penalty P", 0, 1e6),
    Field("reject_allowed", bool, "", "Whether -1 is a legal decision"),
    Field("quality_weight", float, "", "beta, weight of Q in the utility", 0, 1e6),
)
GRIDS = {
    "task_steps": "steps",
    "server_capacity": "steps",
    "type_quality": "utility",
    "utility_ax": "steps",
    "utility_ay": "utility",
    "utility_bx": "steps",
    "utility_by": "utility",
}
GRID_FIELDS = (
    Field("low", float, "", "First value"),
    Field("high", float, "", "Last value"),
    Field("step", float, "", "Step", 1e-9),
)
RUNTIME_FIELDS = tuple(
    Field(name, float, "min", f"{name} coefficient of R(T)") for name in ("quadratic", "linear", "constant")
)
FLEET = tuple(array for array in model.ARRAYS if array.name in ("server_capacity", "utility_line", "type_quality"))
MAXIMUM_TASKS = 10**8
MAXIMUM_QUALITIES = 10**8
MAXIMUM_GRID = 10**6


def validate_scenario(parameters: Mapping[str, Any], fleet: Mapping[str, Any] | None, where: str) -> None:
    """Raise `InputError` unless the generator can draw from these parameters."""
    where = f"{where}: parameters"
    refuse_unknown(parameters, [field.name for field in FIELDS] + [*GRIDS, "runtime_min"], where)
    validate_fields(FIELDS, {k: v for k, v in parameters.items() if k not in GRIDS and k != "runtime_min"}, where)
    for name in GRIDS:
        grid = validate_fields(GRID_FIELDS, _table(parameters, name, where), f"{where}.{name}")
        if grid["high"] < grid["low"]:
            raise InputError(f"{where}.{name}.high", f"{grid['high']:g}", f"at least low = {grid['low']:g}")
        if (grid["high"] - grid["low"]) / grid["step"] > MAXIMUM_GRID:
            raise InputError(f"{where}.{name}.step", f"{grid['step']:g}", f"at most {MAXIMUM_GRID:,} values")
    for name in ("task_steps", "server_capacity"):
        if any(value != int(value) for value in grid_values(parameters[name])) or parameters[name]["low"] < 1:
            raise InputError(f"{where}.{name}", "not whole numbers above 0", "whole steps")
    validate_fields(RUNTIME_FIELDS, _table(parameters, "runtime_min", where), f"{where}.runtime_min")
    if not np.all(runtime_s(grid_values(parameters["task_steps"]), parameters) > 0):
        raise InputError(f"{where}.runtime_min", "a run time of 0 or less", "R(T) > 0 for every task_steps")
    if parameters["arrival_rate_per_s"] * parameters["horizon_s"] > MAXIMUM_TASKS:
        raise InputError(where, "arrival_rate_per_s * horizon_s is too large", f"at most {MAXIMUM_TASKS:,} tasks")
    if parameters["servers"] * parameters["services_per_server"] * parameters["task_types"] > MAXIMUM_QUALITIES:
        raise InputError(
            where, "too many servers, services or types", f"{MAXIMUM_QUALITIES:,} type_quality entries at most"
        )
    if parameters["utility_bx"]["low"] <= parameters["utility_ax"]["high"]:
        raise InputError(f"{where}.utility_bx.low", f"{parameters['utility_bx']['low']:g}", "above utility_ax.high")
    if fleet is not None:
        _fixed_fleet(fleet, parameters, where.replace("parameters", "fleet"))


def generate(
    parameters: Mapping[str, Any], fleet: Mapping[str, Any] | None, rng: np.random.Generator
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Draw one instance (Du et al., Section VI-A): fleet unless fixed, then arrivals, then tasks."""
    arrays = _drawn_fleet(parameters, rng) if fleet is None else _fixed_fleet(fleet, parameters, "fleet")
    services = np.arange(parameters["servers"] * parameters["services_per_server"], dtype=np.int64)
    arrays["service_server"] = services // parameters["services_per_server"]
    arrays["task_arrival"] = _arrivals(parameters["arrival_rate_per_s"], parameters["horizon_s"], rng)
    n_tasks = len(arrays["task_arrival"])
    arrays["task_steps"] = _draw(parameters["task_steps"], n_tasks, rng).astype(np.int64)
    arrays["task_runtime"] = runtime_s(arrays["task_steps"], parameters)
    arrays["task_type"] = indices(parameters["task_types"], n_tasks, rng)
    largest_task = grid_values(parameters["task_steps"])[-1:]
    scalars = {name: parameters[name] for name in ("crash_penalty", "reject_allowed", "quality_weight", "horizon_s")}
    scalars |= {
        "max_steps": int(largest_task[0]),
        "max_runtime_s": float(runtime_s(grid_values(parameters["task_steps"]), parameters).max()),
        "max_capacity": int(max(grid_values(parameters["server_capacity"])[-1], arrays["server_capacity"].max())),
    }
    return {k: float(v) if type(v) is int and k in _FLOATS else v for k, v in scalars.items()}, arrays


_FLOATS = {field.name for field in model.PARAMETERS if field.kind is float}


def runtime_s(steps: np.ndarray, parameters: Mapping[str, Any]) -> np.ndarray:
    """Run time R(T) in s: ``60 * (quadratic T^2 + linear T + constant)``, float64 of the same shape."""
    c, t = parameters["runtime_min"], np.asarray(steps, np.float64)
    return (c["quadratic"] * t * t + c["linear"] * t + c["constant"]) * 60.0


def _drawn_fleet(parameters: Mapping[str, Any], rng: np.random.Generator) -> dict[str, np.ndarray]:
    n_servers = parameters["servers"]
    n_services = n_servers * parameters["services_per_server"]
    capacity = _draw(parameters["server_capacity"], n_servers, rng).astype(np.int64)
    lines = [_draw(parameters[f"utility_{name}"], n_services, rng) for name in ("ax", "ay", "bx", "by")]
    quality = _draw(parameters["type_quality"], n_services * parameters["task_types"], rng)
    return {
        "server_capacity": capacity,
        "utility_line": np.stack(lines, axis=1),
        "type_quality": quality.reshape(n_services, parameters["task_types"]),
    }


def _fixed_fleet(fleet: Mapping[str, Any], parameters: Mapping[str, Any], where: str) -> dict[str, np.ndarray]:
    """The scenario's fixed fleet as arrays, held against the declared sizes."""
    refuse_unknown(fleet, [array.name for array in FLEET], where)
    arrays = {}
    for declared in FLEET:
        try:
            array = np.array(fleet[declared.name])
        except (KeyError, ValueError):
            array = np.array(None)
        if array.dtype.kind not in ("i" if declared.dtype == "int64" else "if"):
            wrong = f"missing or not an array of {'whole ' if declared.dtype == 'int64' else ''}numbers"
            raise InputError(f"{where}.{declared.name}", wrong, declared.description)
        arrays[declared.name] = array.astype(declared.dtype)
    sizes = validate_arrays(FLEET, arrays, where)
    services = parameters["servers"] * parameters["services_per_server"]
    wanted = {"servers": parameters["servers"], "services": services, "types": parameters["task_types"]}
    for name, length in wanted.items():
        if sizes[name] != length:
            raise InputError(where, f"{sizes[name]} {name}", f"{length}, as parameters say")
    if np.any(arrays["utility_line"][:, 2] <= arrays["utility_line"][:, 0]):
        raise InputError(f"{where}.utility_line", "bx at or below ax", "bx above ax")
    return arrays


def _arrivals(rate: float, horizon: float, rng: np.random.Generator) -> np.ndarray:
    """One arrival at 0 and N ~ Poisson(rate * horizon) uniform ones, sorted, floored to whole seconds (s, float64)."""
    count = poisson(rate * horizon, rng)
    return np.concatenate([[0.0], np.sort(np.floor(rng.random(count) * horizon))])


def grid_values(grid: Mapping[str, Any]) -> np.ndarray:
    """The values low, low + step, ..., high (float64), clean of accumulated rounding."""
    count = int(round((grid["high"] - grid["low"]) / grid["step"], 6)) + 1
    return np.array([round(grid["low"] + grid["step"] * k, 10) for k in range(count)])


def _draw(grid: Mapping[str, Any], size: int, rng: np.random.Generator) -> np.ndarray:
    """``size`` independent values, each of the grid equally likely (float64)."""
    values = grid_values(grid)
    return values[indices(len(values), size, rng)]


def _table(parameters: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    table = parameters.get(name)
    if not isinstance(table, Mapping):
        raise InputError(
            f"{where}.{name}", "missing or not a table", "a table such as { low = 100, high = 250, step = 10 }"
        )
    return table
