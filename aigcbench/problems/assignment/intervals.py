"""The temporal generalised assignment program for CP-SAT: optional intervals on one cumulative resource per server."""

from __future__ import annotations

from typing import Any

import numpy as np

from aigcbench.problems.assignment.program import Program


def interval_model(program: Program) -> tuple[Any, list[Any], np.ndarray, np.ndarray]:
    """Build the model; time is counted in maximal active sets, so that all intervals are fixed and only presence is open.

    Returns
    -------
    The CP-SAT model, its presence variables, and their task and server (int64, pairs). A pair is there if the task fits the
    server and its utility is positive.
    """
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    task, server = np.nonzero(program.utility > 0)
    variables = [model.new_bool_var("") for _ in range(len(task))]
    by_task: list[list[Any]] = [[] for _ in program.steps]
    by_server: list[list[Any]] = [[] for _ in program.capacity]
    demands: list[list[int]] = [[] for _ in program.capacity]
    start, length = program.spans.start.tolist(), (program.spans.stop - program.spans.start).tolist()
    for j, e, variable in zip(task.tolist(), server.tolist(), variables, strict=True):
        interval = model.new_optional_fixed_size_interval_var(start[j], length[j], variable, "")
        by_task[j].append(variable)
        by_server[e].append(interval)
        demands[e].append(int(program.steps[j]))
    for choices in by_task:
        model.add_at_most_one(choices)
    for e, intervals in enumerate(by_server):
        model.add_cumulative(intervals, demands[e], int(program.capacity[e]))
    return model, variables, task, server
