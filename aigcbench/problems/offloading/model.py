"""What an offloading instance is: fields, arrays, metrics, observation layout (DEdgeAI's LAD-TS).

In each slot tasks arrive at the base stations, and every task is served by the edge server of its own or of another station,
first come first served (Xu et al., Accelerating AIGC Services with Latent Action Diffusion Scheduling in Edge Networks, eqs. 1
to 5). Order of service is slot, then station, then index; tasks lie in that order in every array. A task with input d,
work w and result r that arrives at station b and is sent to b' waits

``[d / v_b' if b' != b] + w / f_b' + (q_b' + before_b') / f_b' + r / v_b'``,

q_b' being the queue at the start of the slot and before_b' the work already placed there in this slot; after the slot
``q_b' = max(q_b' + placed_b' - f_b' * slot_s, 0)``.
"""

from __future__ import annotations

import numpy as np

from aigcbench.errors import InputError
from aigcbench.instance import Instance
from aigcbench.observation import Context, Layout, View
from aigcbench.schema import Array, Field, validate_arrays, validate_fields
from aigcbench.score import Metric

NAME = "offloading"
SUMMARY = "Send each task of a base station to an edge server; tasks queue where they are sent (LAD-TS's DEdgeAI)"
SCALE_SLOTS = 10.0  # queues and delays are scaled by what ten slots serve: about 1 in the papers' setting

METRICS = (
    Metric("mean_delay", "s", "down", "Mean delay of a task: transmission, waiting and computing", ("utility", "delay")),
    Metric("p95_delay", "s", "down", "95th percentile of the delay"),
    Metric("p99_delay", "s", "down", "99th percentile of the delay"),
    Metric("mean_delay_small", "s", "down", "Mean delay of the third of the tasks with the least work"),
    Metric("mean_delay_medium", "s", "down", "Mean delay of the middle third of the tasks by work"),
    Metric("mean_delay_large", "s", "down", "Mean delay of the third of the tasks with the most work"),
    Metric("late_rate", "", "down", "Share of tasks past the scenario's deadline (0 where it has none)", ("crash rate",)),
    Metric("max_queue", "Gcycles", "down", "Longest queue of any station at the end of any slot"),
    Metric("offloaded_rate", "", "down", "Share of tasks that were not served where they arrived"),
)  # fmt: skip

PARAMETERS = (
    Field("slot_s", float, "s", "Length of a slot, D", 1e-9, 1e9),
    Field("live_queues", bool, "", "Whether online policies see the work placed in the current slot so far"),
    Field("deadline_s", float, "s", "Delay beyond which a task counts as late, 0: none", 0, 1e15),
    Field("max_data_mbit", float, "Mbit", "Largest input of the scenario; scales the observation", 1e-9, 1e9),
    Field("max_work_gcycles", float, "Gcycles", "Largest work of the scenario; scales the observation", 1e-9, 1e9),
    Field("max_result_mbit", float, "Mbit", "Largest result of the scenario; scales the observation", 1e-9, 1e9),
)

ARRAYS = (
    Array("station_capacity", "float64", ("stations",), "Gcycles/s", "Speed f of each station's edge server", 1e-9, 1e9),
    Array("station_rate", "float64", ("stations",), "Mbit/s", "Transmission rate v to and from each station", 1e-9, 1e9),
    Array("slot_tasks", "int64", ("slots", "stations"), "", "Number of tasks that arrive in each slot at each station", 0, 10**9),
    Array("task_data", "float64", ("tasks",), "Mbit", "Input d, paid where the task is served elsewhere", 0, 1e9),
    Array("task_work", "float64", ("tasks",), "Gcycles", "Work w = cycles per step times steps", 0, 1e9),
    Array("task_result", "float64", ("tasks",), "Mbit", "Result r, paid wherever the task is served", 0, 1e9),
)  # fmt: skip

DECISIONS = (Array("station", "int64", ("tasks",), "", "Station whose edge server serves each task", 0),)
ACTION = Array("station", "int64", (), "", "Station whose edge server serves the current task")


def validate(instance: Instance, where: str) -> None:
    """Raise `InputError` unless the instance is a sound offloading instance."""
    validate_fields(PARAMETERS, instance.parameters, f"{where}: parameters")
    sizes = validate_arrays(ARRAYS, instance.arrays, f"{where}: arrays")
    for name in ("stations", "slots", "tasks"):
        if sizes[name] == 0:
            raise InputError(f"{where}: arrays", f"no {name}", "at least one")
    announced = sum(instance["slot_tasks"].ravel().tolist())  # of Python: hostile numbers would overflow int64
    if announced != sizes["tasks"]:
        raise InputError(f"{where}: arrays.slot_tasks", f"{announced} tasks", f"{sizes['tasks']}, as in task_work")
    for name, most in (
        ("task_data", "max_data_mbit"),
        ("task_work", "max_work_gcycles"),
        ("task_result", "max_result_mbit"),
    ):
        largest, array = instance.parameters[most], instance[name]
        if array.max() > largest:
            place = int(array.argmax())
            raise InputError(f"{where}: arrays.{name}[{place}]", f"{array[place]}", f"at most {most} = {largest}")


def slots_and_stations(instance: Instance) -> tuple[np.ndarray, np.ndarray]:
    """Slot in which and station at which each task arrives, two int64 arrays (tasks,)."""
    counts = instance["slot_tasks"]
    n_slots, n_stations = counts.shape
    cells = np.repeat(np.arange(n_slots * n_stations), counts.ravel())
    return cells // n_stations, cells % n_stations


def layout_of(instance: Instance) -> Layout:
    """Observation layout: task and queues (the paper's), then the rest of the request, live work, then exact delays."""
    n_stations = len(instance["station_capacity"])
    rest = 2 + n_stations
    online = rest + 3 + (n_stations if instance.parameters["live_queues"] else 0)
    views = [
        View("task_data", "Mbit", "Input of the current task", 0),
        View("task_work", "Gcycles", "Work of the current task", 1),
        View("queue", "Gcycles", "Queue of each station at the start of this slot", 2, n_stations),
        View("task_result", "Mbit", "Result of the current task", rest),
        View("slot", "", "Index of the current slot", rest + 1),
        View("station", "", "Index of the station at which the task arrived", rest + 2),
    ]
    if instance.parameters["live_queues"]:
        views.append(View("before", "Gcycles", "Work placed on each station in this slot so far", rest + 3, n_stations))
    views.append(View("delay", "s", "Delay of the current task on each station (informed)", online, n_stations))
    return Layout(tuple(views), {"paper": rest, "online": online, "informed": online + n_stations})


def scale_of(instance: Instance, layout: Layout) -> np.ndarray:
    """What each observation entry is divided by for a learner, float64 (informed length,).

    Task entries by the scenario's largest, work of a station by what it serves in ten slots, delays by ten slots, slot and
    station by their number.
    """
    ten_slots = SCALE_SLOTS * float(instance.parameters["slot_s"])
    n_slots, n_stations = instance["slot_tasks"].shape
    scale = np.ones(layout.lengths["informed"])
    layout["task_data"].of(scale)[...] = instance.parameters["max_data_mbit"]
    layout["task_work"].of(scale)[...] = instance.parameters["max_work_gcycles"]
    layout["task_result"].of(scale)[...] = instance.parameters["max_result_mbit"]
    layout["queue"].of(scale)[...] = ten_slots * instance["station_capacity"]
    if instance.parameters["live_queues"]:
        layout["before"].of(scale)[...] = ten_slots * instance["station_capacity"]
    layout["slot"].of(scale)[...] = n_slots
    layout["station"].of(scale)[...] = n_stations
    layout["delay"].of(scale)[...] = ten_slots
    return scale


def n_requests(instance: Instance) -> int:
    """One decision per task."""
    return len(instance["task_work"])


def n_agents(instance: Instance, information: str) -> int:
    """One agent per station where stations decide apart: online without live queues, each knows its own placements only."""
    apart = information == "online" and not instance.parameters["live_queues"]
    return len(instance["station_capacity"]) if apart else 1


def context_of(instance: Instance, information: str) -> Context:
    """What an operator knows: the stations and the scenario with its number of slots. Never the number of tasks to come."""
    layout = layout_of(instance)
    return Context(
        formulation=NAME,
        scenario=instance.scenario,
        information=information,
        n_actions=len(instance["station_capacity"]),
        reject_allowed=False,
        layout=layout,
        scale=scale_of(instance, layout)[: layout.lengths[information]],
        n_agents=n_agents(instance, information),
        parameters=dict(instance.parameters) | {"n_slots": len(instance["slot_tasks"])},
        arrays={name: instance[name] for name in ("station_capacity", "station_rate")},
    )
