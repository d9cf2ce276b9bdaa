"""The judge of assignment decisions, written from the formulation's text alone.

Servers never influence one another, so the run of each is replayed by itself: its tasks in arrival order, the running ones in a
heap of end times. Nothing here is shared with the simulator that solvers run against; the tests hold the two together.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from math import fsum

import numpy as np

from aigcbench.errors import InvalidDecisions
from aigcbench.instance import Instance

REJECTED = -1
NEVER = -1


@dataclass(frozen=True)
class Run:
    """What became of each task.

    Parameters
    ----------
    refused
        Tasks that crashed a server by arriving, and were lost (bool, tasks).
    crashed_by
        Index of the arriving task that crashed each running task, or `NEVER` (int64, tasks).
    penalties
        The crash penalty terms, each positive: one for every crash and one for every lost running task (reward).
    """

    refused: np.ndarray
    crashed_by: np.ndarray
    penalties: list[float]


def check(instance: Instance, service: np.ndarray) -> dict[str, float]:
    """Compute every metric of an assignment from raw decisions.

    Parameters
    ----------
    instance
        A valid assignment instance.
    service
        Service of each task, -1 to reject (integers, tasks).

    Returns
    -------
    A finite value for each metric of the formulation, by name.

    Raises
    ------
    InvalidDecisions
        Constraint ``length``, ``service-range`` or ``rejection``, naming the first bad task.
    """
    _refuse_illegal(instance, service)
    run = replay(instance, service)
    rejected = service == REJECTED
    crashed = run.crashed_by != NEVER
    served = ~(rejected | run.refused | crashed)
    utility = _assigned_utility(instance, service)
    runtime = instance["task_runtime"][served]
    n_tasks = len(service)
    crash_rate, refused_rate = crashed.sum() / n_tasks, run.refused.sum() / n_tasks
    metrics = {
        "utility": fsum(utility[served]),
        "reward": fsum(utility[served | crashed]) - fsum(run.penalties),
        "mean_delay": fsum(runtime) / max(len(runtime), 1),
        "p95_delay": np.percentile(runtime, 95) if len(runtime) else 0.0,
        "failure_rate": crash_rate + refused_rate,
        "crash_rate": crash_rate,
        "refused_rate": refused_rate,
        "rejected_rate": rejected.sum() / n_tasks,
        "finished_rate": served.sum() / n_tasks,
        "lost_utility": fsum(utility[crashed]),
        "server_crashes": run.refused.sum(),
    }
    metrics |= _peer_columns(instance, rejected, run, utility)
    return {name: float(value) for name, value in metrics.items()}


def _refuse_illegal(instance: Instance, service: np.ndarray) -> None:
    """Raise `InvalidDecisions` at the first task whose decision is not legal."""
    n_tasks, n_services = len(instance["task_arrival"]), len(instance["service_server"])
    if service.shape != (n_tasks,):
        where = f"task {min(len(service), n_tasks)}" if service.ndim == 1 else "service"
        raise InvalidDecisions(
            "length", where, f"decisions of shape {service.shape}", f"one for each of {n_tasks} tasks"
        )
    outside = (service < REJECTED) | (service >= n_services)
    if outside.any():
        first = int(outside.argmax())
        expected = f"a service from 0 to {n_services - 1}, or -1 to reject"
        raise InvalidDecisions("service-range", f"task {first}", f"service {service[first]}", expected)
    if not instance.parameters["reject_allowed"] and (service == REJECTED).any():
        first = int((service == REJECTED).argmax())
        expected = f"a service from 0 to {n_services - 1}, as this scenario does not allow rejection"
        raise InvalidDecisions("rejection", f"task {first}", "rejected", expected)


def _assigned_utility(instance: Instance, service: np.ndarray) -> np.ndarray:
    """Utility of each task on the service that it was given, 0 where rejected (float64, tasks)."""
    utility = np.zeros(len(service))
    tasks = np.flatnonzero(service != REJECTED)
    services, steps = service[tasks], instance["task_steps"][tasks].astype(np.float64)
    start, low, end, high = (instance["utility_line"][services, column] for column in range(4))
    share = (np.clip(steps, start, end) - start) / (end - start)  # 0 before the rise, 1 after it
    quality = instance["type_quality"][services, instance["task_type"][tasks]]
    utility[tasks] = float(instance.parameters["quality_weight"]) * quality + (high - low) * share
    return utility


def replay(instance: Instance, service: np.ndarray) -> Run:
    """Follow the tasks of every server, one server after another."""
    run = Run(np.zeros(len(service), bool), np.full(len(service), NEVER), [])
    assigned = np.flatnonzero(service != REJECTED)
    server = instance["service_server"][service[assigned]]
    capacity = instance["server_capacity"].tolist()
    by_server = assigned[np.argsort(server, kind="stable")]  # stable: arrival order within each server
    servers, starts = np.unique(np.sort(server), return_index=True)
    for used_server, tasks in zip(servers.tolist(), np.split(by_server, starts)[1:], strict=True):
        _replay_server(instance, capacity[used_server], tasks, run)
    return run


def _replay_server(instance: Instance, capacity: int, tasks: np.ndarray, run: Run) -> None:
    """Follow the tasks of one server in arrival order, writing into ``run``."""
    penalty = float(instance.parameters["crash_penalty"])
    columns = (instance[name][tasks].tolist() for name in ("task_arrival", "task_runtime", "task_steps"))
    running: list[tuple[float, int, float, float, int]] = []  # end (s), task, arrival (s), run time (s), steps
    used = 0
    for task, now, runtime, steps in zip(tasks.tolist(), *columns, strict=True):
        while running and running[0][0] <= now:
            used -= heapq.heappop(running)[-1]
        if used + steps <= capacity:
            heapq.heappush(running, (now + runtime, task, now, runtime, steps))
            used += steps
            continue
        run.refused[task] = True
        run.penalties.append(penalty)
        for _, lost, lost_arrival, lost_runtime, _ in running:
            run.crashed_by[lost] = task
            run.penalties.append(penalty * (1.0 - (now - lost_arrival) / lost_runtime))
        running, used = [], 0


def _peer_columns(instance: Instance, rejected: np.ndarray, run: Run, utility: np.ndarray) -> dict[str, float]:
    """The paper's table as its own code counts it: when the last task arrives, before it is decided."""
    last = len(rejected) - 1
    now = instance["task_arrival"][last]
    admitted = ~(rejected | run.refused)[:last]
    crashed = (run.crashed_by[:last] != NEVER) & (run.crashed_by[:last] < last)
    ended = instance["task_arrival"][:last] + instance["task_runtime"][:last] <= now
    finished = admitted & ~crashed & ended
    counted = max(int(admitted.sum()), 1)
    return {
        "peer_finished_rate": finished.sum() / counted,
        "peer_crashed_rate": crashed.sum() / counted,
        "peer_utility": fsum(utility[:last][finished]),
    }
