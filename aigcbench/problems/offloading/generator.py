"""Draws offloading instances from a scenario's parameters, slot by slot.

Only the generator's raw uniform stream and IEEE +, -, *, / are used (no library distribution), so that the same scenario and
seed give the same bytes on every platform and with every NumPy. A slot needs nothing of the later ones: `stream` hands out one
at a time, with the bytes that `generate` would put together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from aigcbench.errors import InputError
from aigcbench.problems.draws import indices, indices_of, spread
from aigcbench.problems.offloading import model
from aigcbench.schema import Array, Field, refuse_unknown, validate_arrays, validate_fields

FIELDS = (
    Field("stations", int, "", "Number of base stations B", 1, 10**6),
    Field("slots", int, "", "Number of slots S", 1, 10**9),
    Field("slot_s", float, "s", "Length of a slot, D", 1e-9, 1e9),
    Field("live_queues", bool, "", "Whether online policies see the work placed in the current slot so far"),
    Field("deadline_s", float, "s", "Delay beyond which a task counts as late, 0: none", 0, 1e15),
    Field("shared_task_profile", bool, "", "Whether the n-th task is alike in every slot and station, as in the public code"),
)  # fmt: skip
WHOLE_RANGES = {
    "tasks": "Tasks N of a station in a slot",
    "steps": "Denoising steps z of a task",
    "capacity_gcycles_s": "Speed f of a station's edge server",
    "rate_mbit_s": "Transmission rate v to and from a station",
}
RANGES = {
    "data_mbit": "Input d of a task",
    "step_gcycles": "Work rho of a denoising step",
    "result_mbit": "Result r of a task",
}
WHOLE_FIELDS = (Field("low", int, "", "Smallest value", 1, 10**9), Field("high", int, "", "Largest value", 1, 10**9))
RANGE_FIELDS = (Field("low", float, "", "Smallest value", 0, 1e9), Field("high", float, "", "Largest value", 0, 1e9))
STATIONS = tuple(array for array in model.ARRAYS if array.name in ("station_capacity", "station_rate"))
PROFILE = (
    Array("profile_step_gcycles", "float64", ("profile",), "Gcycles", "Work per step of the n-th task", 0, 1e9),
    Array("profile_steps", "int64", ("profile",), "", "Steps of the n-th task", 1, 10**9),
    Array("profile_result", "float64", ("profile",), "Mbit", "Result of the n-th task", 0, 1e9),
)
MAXIMUM_TASKS = 10**9
TASKS_AT_ONCE = 2**15  # drawn together: enough for speed, few enough for the cache


class SlotTasks(NamedTuple):
    """The tasks of one slot, in order of service.

    Parameters
    ----------
    counts
        int64 (stations,): how many arrive at each.
    data, work, result
        float64 (tasks of the slot,): Mbit, Gcycles, Mbit.
    """

    counts: np.ndarray
    data: np.ndarray
    work: np.ndarray
    result: np.ndarray


class Stream(NamedTuple):
    """An instance whose tasks come slot by slot.

    Parameters
    ----------
    parameters
        The instance's scalars.
    stations
        The arrays ``station_capacity`` and ``station_rate``.
    slots
        Each slot once, drawn when it is asked for.
    """

    parameters: dict[str, Any]
    stations: dict[str, np.ndarray]
    slots: Iterator[SlotTasks]


def validate_scenario(parameters: Mapping[str, Any], fleet: Mapping[str, Any] | None, where: str) -> None:
    """Raise `InputError` unless the generator can draw from these parameters."""
    where = f"{where}: parameters"
    tables = {**WHOLE_RANGES, **RANGES}
    refuse_unknown(parameters, [field.name for field in FIELDS] + list(tables), where)
    validate_fields(FIELDS, {name: value for name, value in parameters.items() if name not in tables}, where)
    for name, description in tables.items():
        table = parameters.get(name)
        if not isinstance(table, Mapping):
            raise InputError(f"{where}.{name}", "missing or not a table", f"{description}: {{ low = ..., high = ... }}")
        limits = validate_fields(WHOLE_FIELDS if name in WHOLE_RANGES else RANGE_FIELDS, table, f"{where}.{name}")
        if limits["high"] < limits["low"] or limits["high"] == 0:
            raise InputError(
                f"{where}.{name}.high", f"{limits['high']:g}", f"above 0, at least low = {limits['low']:g}"
            )
    if parameters["stations"] * parameters["slots"] * parameters["tasks"]["high"] > MAXIMUM_TASKS:
        raise InputError(where, "stations * slots * tasks.high is too large", f"at most {MAXIMUM_TASKS:,} tasks")
    if parameters["steps"]["high"] * parameters["step_gcycles"]["high"] > 1e9:
        raise InputError(where, "steps.high * step_gcycles.high is too large", "at most 1e9 Gcycles")
    if fleet is not None:
        _fixed_fleet(fleet, parameters, where.replace("parameters", "fleet"))


def generate(
    parameters: Mapping[str, Any], fleet: Mapping[str, Any] | None, rng: np.random.Generator
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Draw one instance (Xu et al., Section V-A): stations unless fixed, then the tasks of slot after slot."""
    scalars, stations, profile = _begin(parameters, fleet, rng)
    counts, data, work, result = zip(*_blocks(parameters, profile, rng, TASKS_AT_ONCE), strict=True)
    tasks = {"slot_tasks": counts, "task_data": data, "task_work": work, "task_result": result}
    return scalars, stations | {name: np.concatenate(parts) for name, parts in tasks.items()}


def stream(parameters: Mapping[str, Any], fleet: Mapping[str, Any] | None, rng: np.random.Generator) -> Stream:
    """Draw one instance slot by slot, in memory that does not grow with the number of slots."""
    scalars, stations, profile = _begin(parameters, fleet, rng)
    slots = (slot._replace(counts=slot.counts[0]) for slot in _blocks(parameters, profile, rng, 1))
    return Stream(scalars, stations, slots)


def _begin(
    parameters: Mapping[str, Any], fleet: Mapping[str, Any] | None, rng: np.random.Generator
) -> tuple[dict[str, Any], dict[str, np.ndarray], _Profile | None]:
    """Scalars, stations and, where tasks share one, their profile: all but the tasks."""
    fixed = _fixed_fleet(fleet, parameters, "fleet") if fleet is not None else _drawn_fleet(parameters, rng)
    stations = {array.name: fixed.pop(array.name) for array in STATIONS}
    profile = _Profile.of(fixed) if fixed else None
    largest = {name: float(parameters[name]["high"]) for name in RANGES}
    largest_work = largest["step_gcycles"] * parameters["steps"]["high"]
    scalars = {
        "slot_s": float(parameters["slot_s"]),
        "live_queues": parameters["live_queues"],
        "deadline_s": float(parameters["deadline_s"]),
        "max_data_mbit": largest["data_mbit"],
        "max_work_gcycles": max(largest_work, float(profile.work.max())) if profile else largest_work,
        "max_result_mbit": max(largest["result_mbit"], float(profile.result.max()))
        if profile
        else largest["result_mbit"],
    }
    return scalars, stations, profile


class _Profile(NamedTuple):
    """Work (Gcycles) and result (Mbit) of the n-th task of any slot and station, float64 (largest N,)."""

    work: np.ndarray
    result: np.ndarray

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> _Profile:
        return cls(arrays["profile_step_gcycles"] * arrays["profile_steps"], arrays["profile_result"])


def _blocks(
    parameters: Mapping[str, Any], profile: _Profile | None, rng: np.random.Generator, least: int
) -> Iterator[SlotTasks]:
    """Draw all slots, several at once (counts: slots x stations) until these have ``least`` tasks; the bytes depend not on it."""
    n_numbers = 1 if profile else 4  # uniform numbers of a task
    counts, shares, waiting = [], [], 0
    for slot in range(parameters["slots"]):
        counts.append(_whole(parameters["tasks"], parameters["stations"], rng))
        shares.append(rng.random((n_numbers, int(counts[-1].sum()))))
        waiting += shares[-1].shape[1]
        if waiting >= least or slot + 1 == parameters["slots"]:
            yield _tasks(parameters, profile, np.stack(counts), np.concatenate(shares, axis=1))
            counts, shares, waiting = [], [], 0


def _tasks(
    parameters: Mapping[str, Any], profile: _Profile | None, counts: np.ndarray, shares: np.ndarray
) -> SlotTasks:
    """Tasks of some slots, by their counts (slots, stations) and uniform numbers (1 or 4, tasks)."""
    data = spread(parameters["data_mbit"], shares[0])
    if profile:
        flat = counts.ravel()
        index = np.arange(len(data)) - np.repeat(np.cumsum(flat) - flat, flat)
        return SlotTasks(counts, data, profile.work[index], profile.result[index])
    steps = parameters["steps"]["low"] + indices_of(_number(parameters["steps"]), shares[2])
    work = spread(parameters["step_gcycles"], shares[1]) * steps
    return SlotTasks(counts, data, work, spread(parameters["result_mbit"], shares[3]))


def _drawn_fleet(parameters: Mapping[str, Any], rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Stations, and where tasks share a profile also that: one uniform vector decides work per step and result alike."""
    n_stations, n_profile = parameters["stations"], parameters["tasks"]["high"]
    arrays = {
        "station_capacity": _whole(parameters["capacity_gcycles_s"], n_stations, rng).astype(np.float64),
        "station_rate": _whole(parameters["rate_mbit_s"], n_stations, rng).astype(np.float64),
    }
    if parameters["shared_task_profile"]:
        shares = rng.random(n_profile)
        arrays["profile_step_gcycles"] = spread(parameters["step_gcycles"], shares)
        arrays["profile_result"] = spread(parameters["result_mbit"], shares)
        arrays["profile_steps"] = _whole(parameters["steps"], n_profile, rng)
    return arrays


def _fixed_fleet(fleet: Mapping[str, Any], parameters: Mapping[str, Any], where: str) -> dict[str, np.ndarray]:
    """The scenario's fixed fleet as arrays, held against the declared sizes."""
    declared = STATIONS + (PROFILE if parameters["shared_task_profile"] else ())
    refuse_unknown(fleet, [array.name for array in declared], where)
    arrays = {}
    for entry in declared:
        try:
            array = np.array(fleet[entry.name])
        except (KeyError, ValueError):
            array = np.array(None)
        if array.dtype.kind not in ("i" if entry.dtype == "int64" else "if"):
            raise InputError(f"{where}.{entry.name}", "missing or not an array of numbers", entry.description)
        arrays[entry.name] = array.astype(entry.dtype)
    sizes = validate_arrays(declared, arrays, where)
    wanted = {"stations": parameters["stations"], "profile": parameters["tasks"]["high"]}
    for name, length in sizes.items():
        if length != wanted[name]:
            raise InputError(where, f"{name}: {length} entries", f"{wanted[name]}, as parameters say")
    return arrays


def _whole(limits: Mapping[str, Any], size: int, rng: np.random.Generator) -> np.ndarray:
    """``size`` independent whole numbers, each from low to high equally likely (int64)."""
    return limits["low"] + indices(_number(limits), size, rng)


def _number(limits: Mapping[str, Any]) -> int:
    """How many whole numbers lie from low to high."""
    return int(limits["high"] - limits["low"] + 1)
