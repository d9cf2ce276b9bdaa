"""The temporal generalised assignment program as a linear program with one load column per (set, server).

The load of a set is the load of the set before, plus what starts, less what ends. That takes three entries per (task, server)
where rows over the tasks of each set take as many as the task's span is long, and an interior point method gains 5 to 10 times.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aigcbench.optimization.linear import LinearProgram, LinearProgramBuilder
from aigcbench.problems.assignment.program import Program


@dataclass(frozen=True, eq=False)
class AssignmentModel:
    """The linear program and what its columns mean.

    Parameters
    ----------
    linear
        First a column per pair, then one per (set, server).
    task, server
        int64 (pairs,): the pairs that may be chosen: the task fits the server and its utility is positive.
    """

    linear: LinearProgram
    task: np.ndarray
    server: np.ndarray

    @property
    def n_pairs(self) -> int:
        """Number of (task, server) pairs."""
        return len(self.task)

    def prices(self, reduced_profit: np.ndarray, n_servers: int) -> np.ndarray:
        """Capacity prices (float64, sets x servers): the reduced profits of the load columns."""
        return np.maximum(reduced_profit[self.n_pairs :], 0.0).reshape(-1, n_servers)


def plan_of(values: np.ndarray, task: np.ndarray, server: np.ndarray, n_tasks: int) -> np.ndarray:
    """Server of each task (int64), -1 where it is left out, from the values of (task, server) pairs."""
    plan = np.full(n_tasks, -1, np.int64)
    chosen = values[: len(task)] > 0.5
    plan[task[chosen]] = server[chosen]
    return plan


def assignment_model(program: Program) -> AssignmentModel:
    """Build the model of a program."""
    task, server = np.nonzero(program.utility > 0)
    spans, steps = program.spans, program.steps[task].astype(np.float64)
    n_sets, n_servers = len(spans.sets), len(program.capacity)
    builder = LinearProgramBuilder()
    pairs = builder.add_columns(len(task), program.utility[task, server], 1.0, integer=True)
    loads = builder.add_columns(
        n_sets * n_servers, 0.0, np.tile(program.capacity, n_sets).astype(np.float64), integer=False
    )
    once = builder.add_rows(len(program.steps), -np.inf, 1.0)
    change = builder.add_rows(n_sets * n_servers, 0.0, 0.0)
    builder.add_entries(once[task], pairs, 1.0)
    builder.add_entries(change[spans.start[task] * n_servers + server], pairs, steps)
    ends = spans.stop[task] < n_sets
    builder.add_entries(change[(spans.stop[task] * n_servers + server)[ends]], pairs[ends], -steps[ends])
    builder.add_entries(change, loads, -1.0)
    builder.add_entries(change[n_servers:], loads[: len(loads) - n_servers], 1.0)
    return AssignmentModel(builder.build(), task, server)


def model_start(model: AssignmentModel, program: Program, plan: np.ndarray) -> np.ndarray:
    """Column values (float64) of a feasible plan (server per task, -1 left out)."""
    chosen = np.flatnonzero(plan >= 0)
    change = np.zeros((len(program.spans.sets) + 1, len(program.capacity)))
    np.add.at(change, (program.spans.start[chosen], plan[chosen]), program.steps[chosen])
    np.add.at(change, (program.spans.stop[chosen], plan[chosen]), -program.steps[chosen])
    pairs = (plan[model.task] == model.server).astype(np.float64)
    return np.concatenate([pairs, np.cumsum(change, axis=0)[:-1].ravel()])
