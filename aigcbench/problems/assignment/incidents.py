"""Server crashes: which task brought down which server, and by how much."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.assignment.checker import NEVER, replay
from aigcbench.problems.incident import Incident


def incidents(instance: Instance, decisions: Mapping[str, np.ndarray]) -> list[Incident]:
    """The crash that lost most running steps; of equal ones the first."""
    service = decisions["service"]
    run = replay(instance, service)
    crashes = np.flatnonzero(run.refused)
    if not len(crashes):
        return []
    steps, lost = instance["task_steps"], run.crashed_by != NEVER
    lost_steps = np.bincount(run.crashed_by[lost], weights=steps[lost], minlength=len(service))
    task = int(crashes[lost_steps[crashes].argmax()])
    server = int(instance["service_server"][service[task]])
    free = int(instance["server_capacity"][server] - lost_steps[task])
    n_lost = int(np.sum(run.crashed_by == task))
    amount = f"{steps[task]} steps wanted, {free} free; running tasks lost: {n_lost}"
    return [Incident("server capacity", len(crashes), f"task {task} on server {server}", amount)]
