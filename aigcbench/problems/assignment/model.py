"""What an assignment instance is: fields, arrays, metrics, observation layout (ASP selection and service orchestration).

Servers ``e`` hold denoising steps; services ``i`` live on servers; tasks ``j`` arrive, hold ``task_steps`` on one server for
``task_runtime`` and yield the service's utility unless a crash takes them (Du et al., TMC 2024, eqs. 1 to 5, 16 to 19).
"""

from __future__ import annotations

import numpy as np

from aigcbench.errors import InputError
from aigcbench.instance import Instance
from aigcbench.observation import Context, Layout, View
from aigcbench.schema import Array, Field, validate_arrays, validate_fields
from aigcbench.score import Metric

NAME = "assignment"
SUMMARY = "Assign each arriving task to a service; overloading a server crashes it (D2SAC's ASP selection, ADSAC's orchestration)"

METRICS = (
    Metric("utility", "", "up", "Sum of utilities of the tasks that never crashed", ("utility",)),
    Metric("reward", "", "up", "The paper's episode return: utility at assignment minus crash penalties"),
    Metric("mean_delay", "s", "down", "Mean run time of served tasks", ("delay",)),
    Metric("p95_delay", "s", "down", "95th percentile of the run time of served tasks"),
    Metric(
        "failure_rate", "", "down", "Share of tasks lost in or by a crash: crash_rate + refused_rate", ("crash rate",)
    ),
    Metric("crash_rate", "", "down", "Share of tasks that were running when their server crashed"),
    Metric("refused_rate", "", "down", "Share of tasks that crashed a server by arriving, and were lost"),
    Metric("rejected_rate", "", "down", "Share of tasks that were rejected on purpose"),
    Metric("finished_rate", "", "up", "Share of tasks that were served to the end"),
    Metric("lost_utility", "", "down", "Sum of utilities of the running tasks that crashed"),
    Metric("server_crashes", "", "down", "Number of crashes"),
    Metric(
        "peer_finished_rate", "", "up", "Table V's column: finished when the last task arrives, of those not refused"
    ),
    Metric(
        "peer_crashed_rate", "", "down", "Table V's column: crashed when the last task arrives, of those not refused"
    ),
    Metric("peer_utility", "", "up", "Table V's column: sum of utilities of tasks finished when the last task arrives"),
)

PARAMETERS = (
    Field(
        "crash_penalty",
        float,
        "reward",
        "Fixed penalty P of a crash, and of each lost task scaled by what it had left",
        0,
        1e6,
    ),
    Field("reject_allowed", bool, "", "Whether -1 (reject) is a legal decision"),
    Field("quality_weight", float, "", "beta, the weight of type_quality in the utility", 0, 1e6),
    Field("horizon_s", float, "s", "Length of the arrival process", 0, 1e15),
    Field("max_steps", int, "steps", "Largest task of the scenario; scales the observation", 1, 10**9),
    Field("max_runtime_s", float, "s", "Run time of the largest task; scales the observation", 1e-9, 1e15),
    Field("max_capacity", int, "steps", "Largest server of the scenario; scales the observation", 1, 10**9),
)

ARRAYS = (
    Array("server_capacity", "int64", ("servers",), "steps", "Denoising steps that may run at once", 0, 10**9),
    Array("service_server", "int64", ("services",), "", "Server that each service lives on, non-decreasing", 0),
    Array("utility_line", "float64", ("services", 4), "steps, utility", "ax, ay, bx, by of each service's utility line", -1e9, 1e9),
    Array("type_quality", "float64", ("services", "types"), "utility", "Q[i, k], quality of a service on a task type", 0, 1e9),
    Array("task_arrival", "float64", ("tasks",), "s", "Arrival times, non-decreasing", 0, 1e15),
    Array("task_steps", "int64", ("tasks",), "steps", "Denoising steps that the task holds while it runs", 1, 10**9),
    Array("task_runtime", "float64", ("tasks",), "s", "Run time, the same on every server", 1e-9, 1e15),
    Array("task_type", "int64", ("tasks",), "", "Type of each task", 0),
)  # fmt: skip

DECISIONS = (Array("service", "int64", ("tasks",), "", "Service of each task, -1 to reject", -1),)
ACTION = Array("service", "int64", (), "", "Service of the current task, -1 to reject")


def validate(instance: Instance, where: str) -> None:
    """Raise `InputError` unless the instance is a sound assignment instance."""
    validate_fields(PARAMETERS, instance.parameters, f"{where}: parameters")
    sizes = validate_arrays(ARRAYS, instance.arrays, f"{where}: arrays")
    for name in ("servers", "services", "types", "tasks"):
        if sizes[name] == 0:
            raise InputError(f"{where}: arrays", f"no {name}", "at least one")
    _validate_order(instance["service_server"], f"{where}: arrays.service_server")
    _validate_order(instance["task_arrival"], f"{where}: arrays.task_arrival")
    for name, limit in (("service_server", sizes["servers"]), ("task_type", sizes["types"])):
        _refuse_first(instance[name] >= limit, instance[name], f"{where}: arrays.{name}", f"below {limit}")
    missing = np.setdiff1d(np.arange(sizes["servers"]), instance["service_server"])
    if len(missing):
        raise InputError(
            f"{where}: arrays.service_server", f"server {missing[0]} has no service", "a service on every server"
        )
    ax, bx = instance["utility_line"][:, 0], instance["utility_line"][:, 2]
    _refuse_first(bx <= ax, bx, f"{where}: arrays.utility_line (bx)", "bx above ax")
    for name, most in (
        ("task_steps", "max_steps"),
        ("task_runtime", "max_runtime_s"),
        ("server_capacity", "max_capacity"),
    ):
        largest = instance.parameters[most]
        _refuse_first(
            instance[name] > largest, instance[name], f"{where}: arrays.{name}", f"at most {most} = {largest}"
        )


def _validate_order(array: np.ndarray, where: str) -> None:
    _refuse_first(np.concatenate([[False], array[1:] < array[:-1]]), array, where, "non-decreasing order")


def _refuse_first(bad: np.ndarray, array: np.ndarray, where: str, expected: str) -> None:
    if bad.any():
        first = int(np.argmax(bad))
        raise InputError(f"{where}[{first}]", str(array[first]), expected)


def utilities(instance: Instance) -> np.ndarray:
    """Utility of every task on every service.

    Returns
    -------
    float64 array, tasks x services: ``beta * Q[i, k_j] + pwl_i(T_j)``, where the rise starts at 0 and ends at by - ay (as in
    the public code; the paper's figure starts at ay).
    """
    line, quality, weight = (instance["utility_line"], instance["type_quality"], instance.parameters["quality_weight"])
    return utility_table(line, quality, float(weight), instance["task_steps"], instance["task_type"])


def utility_table(
    utility_line: np.ndarray, type_quality: np.ndarray, quality_weight: float, steps: np.ndarray, types: np.ndarray
) -> np.ndarray:
    """Utility of tasks of given steps and types on every service, float64 (tasks, services); see `utilities`."""
    steps = steps.astype(np.float64)[:, None]
    ax, ay, bx, by = utility_line.T
    rise = (by - ay) / (bx - ax) * (steps - ax)
    line = np.where(steps < ax, 0.0, np.where(steps > bx, by - ay, rise))
    return quality_weight * type_quality.T[types] + line


def layout_of(instance: Instance) -> Layout:
    """Observation layout: task, then per server capacity and free steps (the paper's), then the clock, then utilities."""
    n_types, n_servers = instance["type_quality"].shape[1], len(instance["server_capacity"])
    n_services = len(instance["service_server"])
    one_hot = n_types if n_types > 1 else 0
    servers = one_hot + 2
    clock = servers + 2 * n_servers
    views = [
        View("task_steps", "steps", "Steps of the current task", one_hot),
        View("task_runtime", "s", "Run time of the current task, on any server", one_hot + 1),
        View("capacity_steps", "steps", "Capacity of each server", servers, n_servers, 2),
        View("free_steps", "steps", "Free steps of each server", servers + 1, n_servers, 2),
        View("time", "s", "Arrival time of the current task", clock),
        View("utility", "utility", "Utility of the current task on each service (informed)", clock + 1, n_services),
    ]
    if one_hot:
        views.insert(0, View("task_type", "", "One-hot type of the current task", 0, n_types))
    return Layout(tuple(views), {"paper": clock, "online": clock + 1, "informed": clock + 1 + n_services})


def scale_of(instance: Instance, layout: Layout) -> np.ndarray:
    """What each observation entry is divided by for a learner: max T, R(max T), max C, own C, horizon, 1 (float64)."""
    scale = np.ones(layout.lengths["informed"])
    layout["task_steps"].of(scale)[...] = instance.parameters["max_steps"]
    layout["task_runtime"].of(scale)[...] = instance.parameters["max_runtime_s"]
    layout["capacity_steps"].of(scale)[...] = instance.parameters["max_capacity"]
    layout["free_steps"].of(scale)[...] = np.maximum(instance["server_capacity"], 1)
    layout["time"].of(scale)[...] = max(float(instance.parameters["horizon_s"]), 1.0)
    return scale


def n_requests(instance: Instance) -> int:
    """One decision per task."""
    return len(instance["task_arrival"])


def context_of(instance: Instance, information: str) -> Context:
    """What an operator knows: the fleet and the scenario; its utilities only where informed. Never the number of tasks."""
    known = ["server_capacity", "service_server"]
    if information == "informed":
        known += ["utility_line", "type_quality"]
    layout = layout_of(instance)
    return Context(
        formulation=NAME,
        scenario=instance.scenario,
        information=information,
        n_actions=len(instance["service_server"]),
        reject_allowed=bool(instance.parameters["reject_allowed"]),
        layout=layout,
        scale=scale_of(instance, layout)[: layout.lengths[information]],
        parameters=dict(instance.parameters) | {"n_types": instance["type_quality"].shape[1]},
        arrays={name: instance[name] for name in known},
    )
