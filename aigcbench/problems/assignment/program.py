"""The temporal generalised assignment program of an instance, in arrays.

Choose x[j, e] (task j runs on server e, on that server's best service for it) to maximise the utility, each task at most once,
so that at any instant the steps of the running tasks fit the server. The tasks that never crash in any run satisfy it, so its
optimum bounds the utility of every policy. Services of one server share its capacity and hold equal steps, hence only the best
one counts and the program has a column per server, not per service.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.assignment import model

CHUNK = 10**6  # entries of a utility table that is built at once


@dataclass(frozen=True, eq=False)
class Spans:
    """When tasks run, in terms of arrivals and of maximal active sets.

    Parameters
    ----------
    last
        int64 (tasks,): task ``j`` runs at the arrivals ``j .. last[j]``.
    sets
        int64 (sets,): the arrival at which each maximal active set is complete. The active set of any other arrival lies inside
        one of these, so capacity has to hold for these only.
    start, stop
        int64 (tasks,): task ``j`` belongs to the sets ``start[j] .. stop[j] - 1``.
    """

    last: np.ndarray
    sets: np.ndarray
    start: np.ndarray
    stop: np.ndarray


def spans_of(instance: Instance) -> Spans:
    """Find the maximal active sets: an arrival completes one if and only if some task is seen running there for the last time."""
    arrival = instance["task_arrival"]
    index = np.arange(len(arrival))
    end = arrival + instance["task_runtime"]  # tasks that end at the instant of an arrival have left before it
    last = np.maximum(np.searchsorted(arrival, end, side="left") - 1, index)
    sets = np.unique(last)
    return Spans(last, sets, np.searchsorted(sets, index), np.searchsorted(sets, last) + 1)


@dataclass(frozen=True, eq=False)
class Program:
    """The program of one instance.

    Parameters
    ----------
    utility
        float64 (tasks, servers): utility on the server's best service; -inf where the task is larger than the server.
    service
        int64 (tasks, servers): that service.
    capacity
        int64 (servers,), steps.
    steps
        int64 (tasks,), steps.
    spans
        When tasks run.
    """

    utility: np.ndarray
    service: np.ndarray
    capacity: np.ndarray
    steps: np.ndarray
    spans: Spans

    def utility_of(self, plan: np.ndarray) -> float:
        """Utility of a plan: int64 (tasks,), a server or -1 for each."""
        chosen = np.flatnonzero(plan >= 0)
        return math.fsum(self.utility[chosen, plan[chosen]])

    def decisions(self, server: np.ndarray) -> np.ndarray:
        """Services (int64, tasks) for a server per task; -1 stays -1."""
        chosen = self.service[np.arange(len(server)), np.maximum(server, 0)]
        return np.where(server < 0, -1, chosen)


def entries_of(instance: Instance) -> int:
    """Size of the instance's utility table, tasks x services: what the memory of a `Program` grows with."""
    return len(instance["task_arrival"]) * len(instance["service_server"])


def program_of(instance: Instance) -> Program:
    """Build the program of an instance whose `entries_of` fits the memory."""
    n_tasks, n_servers = len(instance["task_arrival"]), len(instance["server_capacity"])
    utility, service = np.empty((n_tasks, n_servers)), np.empty((n_tasks, n_servers), np.int64)
    for kinds, best, index in best_on_servers(instance):
        where = np.flatnonzero(kinds >= 0)
        utility[where], service[where] = best[kinds[where]], index[kinds[where]]
    return Program(utility, service, instance["server_capacity"], instance["task_steps"], spans_of(instance))


def best_on_servers(instance: Instance) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Each server's best service for each kind of task (steps and type), some kinds at a time.

    Yields
    ------
    int64 (tasks,): which of these kinds a task is, -1 for none; float64 (kinds, servers): utility of the best service, -inf where
    the task is larger than the server; int64 (kinds, servers): that service, ties to the lowest index.
    """
    table = np.stack([instance["task_steps"], instance["task_type"]], axis=1)
    kinds, kind_of_task = np.unique(table, axis=0, return_inverse=True)
    owner = instance["service_server"]
    first = np.searchsorted(owner, np.arange(len(instance["server_capacity"])))
    chunk = max(1, CHUNK // len(owner))
    for low in range(0, len(kinds), chunk):
        steps, types = kinds[low : low + chunk].T
        arrays = dict(instance.arrays) | {"task_steps": steps, "task_type": types}
        utility = model.utilities(replace(instance, arrays=arrays))
        best = np.maximum.reduceat(utility, first, axis=1)
        index = np.where(utility == best[:, owner], np.arange(len(owner)), len(owner))
        too_large = steps[:, None] > instance["server_capacity"]
        inside = (kind_of_task >= low) & (kind_of_task < low + chunk)
        yield (
            np.where(inside, kind_of_task - low, -1),
            np.where(too_large, -np.inf, best),
            np.minimum.reduceat(index, first, axis=1),
        )
