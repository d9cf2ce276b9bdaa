"""The picture of offloading: work that arrives, and the queue of every station after every slot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.offloading.checker import replay
from aigcbench.problems.offloading.model import slots_and_stations
from aigcbench.problems.picture import BINS, heat_map, stacked, step_line

SLOT = "slot"


def picture(instance: Instance, decisions: Mapping[str, np.ndarray] | None) -> Any:
    """Work that arrives per slot, and by station; with decisions, the time that each station's queue takes to be served."""
    n_slots, n_stations = instance["slot_tasks"].shape
    slot, station = slots_and_stations(instance)
    starts, groups = _grouped(n_slots)
    arriving = np.zeros((n_stations, len(starts) - 1))
    np.add.at(arriving, (station, groups[slot]), instance["task_work"])
    arriving /= np.diff(starts)
    capacity = instance["station_capacity"]
    served = float(capacity.sum() * instance.parameters["slot_s"])
    demand = step_line(arriving.sum(axis=0), starts, SLOT, "Gcycles arriving", served)
    if decisions is None:
        return stacked(demand, heat_map(arriving, starts, "station", SLOT, "Gcycles arriving per slot"))
    _, queues = replay(instance, decisions["station"])
    waiting = queues / capacity  # s, slots x stations
    means = np.add.reduceat(waiting, starts[:-1].astype(np.int64), axis=0).T / np.diff(starts)
    return stacked(demand, heat_map(means, starts, "station", SLOT, "queue after the slot, s"))


def _grouped(n_slots: int) -> tuple[np.ndarray, np.ndarray]:
    """Slots in at most `BINS` groups: where each begins (and the last ends), and the group of each slot."""
    starts = np.unique(np.linspace(0, n_slots, min(n_slots, BINS) + 1).astype(np.int64))
    return starts.astype(float), np.searchsorted(starts, np.arange(n_slots), side="right") - 1
