"""The picture of flow scheduling: how much of each gateway and of the compute units is in use over time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.flow.checker import REJECTED, replay
from aigcbench.problems.picture import heat_map, intervals, mean_load, stacked, step_line

TIME = "time, s"


def picture(instance: Instance, decisions: Mapping[str, np.ndarray] | None) -> Any:
    """Data that arrives over time; with decisions, use of every gateway, and of the compute units."""
    slot_s = float(instance.parameters["slot_s"])
    arrival = instance["flow_slot"] * slot_s
    starts = intervals(int(instance.parameters["n_slots"]) * slot_s)
    capacity = instance["gateway_capacity"]
    arriving = np.histogram(arrival, starts, weights=instance["flow_data"])[0] / np.diff(starts)
    demand = step_line(arriving, starts, TIME, "Mbit/s arriving", float(capacity.sum()))
    if decisions is None:
        return stacked(demand)
    action = decisions["action"]
    run, _ = replay(instance, action)
    rate, delay = np.array(run.rate), np.array(run.delay)
    sent = np.flatnonzero((rate > 0.0) & (action != REJECTED))
    gateway, level = np.divmod(action[sent], len(instance["level_rate"]))
    begin = arrival[sent]
    used = mean_load(
        begin, begin + instance["flow_data"][sent] / rate[sent], rate[sent], gateway, len(capacity), starts
    )
    computing = np.zeros(len(sent), np.int64)  # all in one row
    units = mean_load(begin, begin + delay[sent], instance["level_units"][level], computing, 1, starts)[0]
    return stacked(
        demand,
        heat_map(100.0 * used / capacity[:, None], starts, "gateway", TIME, "% of its bandwidth in use", 100.0),
        step_line(units, starts, TIME, "compute units in use", float(instance.parameters["compute_units"])),
    )
