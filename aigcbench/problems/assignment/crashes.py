"""The exact program of small instances where no task may be rejected, so that one must sometimes crash a server on purpose.

Each task on each server is one of: served to the end; put at risk, that is placed but lost in a later crash; crashing, that is
lost on arrival together with all that runs there. Tasks are taken in order of arrival, equal times by index.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from aigcbench.optimization.linear import LinearProgram, LinearProgramBuilder
from aigcbench.problems.assignment.program import Program


@dataclass(frozen=True, eq=False)
class CrashModel:
    """The linear program and what its columns mean.

    Parameters
    ----------
    linear
        All columns are whole numbers in 0..1.
    places
        int64 (3, tasks, servers): columns of served, at risk, crashing.
    alive
        Columns of "task k, placed at risk on server e, still runs when task j arrives", by (k, j, e).
    """

    linear: LinearProgram
    places: np.ndarray
    alive: Mapping[tuple[int, int, int], int]

    def plan(self, values: np.ndarray) -> np.ndarray:
        """Server of each task (int64) from column values."""
        return np.asarray(values[self.places].sum(axis=0).argmax(axis=1))


def crash_model(program: Program) -> CrashModel:
    """Build the model of a program; it grows with servers x tasks x tasks that run at once."""
    builder = LinearProgramBuilder()
    shape = program.utility.shape
    size = shape[0] * shape[1]
    fits = np.isfinite(program.utility).ravel().astype(np.float64)
    utility = np.where(np.isfinite(program.utility), program.utility, 0.0).ravel()
    served = builder.add_columns(size, utility, fits, integer=True).reshape(shape)
    at_risk = builder.add_columns(size, 0.0, fits, integer=True).reshape(shape)
    crashing = builder.add_columns(size, 0.0, 1.0, integer=True).reshape(shape)
    places = np.stack([served, at_risk, crashing])
    for j in range(shape[0]):
        builder.add_row([(int(column), 1.0) for column in places[:, j].ravel()], 1.0, 1.0)
    alive: dict[tuple[int, int, int], int] = {}
    for e in range(shape[1]):
        own = _add_server(builder, program, places[:, :, e].tolist(), int(program.capacity[e]))
        alive |= {(k, j, e): column for (k, j), column in own.items()}
    return CrashModel(builder.build(), places, alive)


def _add_server(
    builder: LinearProgramBuilder, program: Program, places: list[list[int]], capacity: int
) -> dict[tuple[int, int], int]:
    """Add the rows of one server, whose served, at-risk and crashing columns by task are given; return `_add_alive`'s columns."""
    served, at_risk, crashing = places
    steps, last = program.steps.tolist(), program.spans.last.tolist()
    alive = _add_alive(builder, last, at_risk, crashing)
    for j in range(len(steps)):
        running = [k for k in range(j) if last[k] >= j]
        load = [(served[k], float(steps[k])) for k in running] + [(alive[k, j], float(steps[k])) for k in running]
        own = float(steps[j])
        builder.add_row([*load, (served[j], own), (at_risk[j], own)], -np.inf, float(capacity))
        missing = capacity + 1 - steps[j]  # steps that must be running for task j to overload the server
        if missing > 0:
            builder.add_row([*load, (crashing[j], -float(missing))], 0.0, np.inf)
        for k in running:
            builder.add_row([(crashing[j], 1.0), (served[k], 1.0)], -np.inf, 1.0)
    for k in range(len(steps)):
        later = [(crashing[j], 1.0) for j in range(k + 1, last[k] + 1)]
        builder.add_row([*later, (at_risk[k], -1.0)], 0.0, np.inf)
    return alive


def _add_alive(
    builder: LinearProgramBuilder, last: list[int], at_risk: list[int], crashing: list[int]
) -> dict[tuple[int, int], int]:
    """Add a column for "task k, placed at risk, still runs when task j arrives": no crash strictly between k and j."""
    alive = {}
    for k in range(len(last)):
        for j in range(k + 1, last[k] + 1):
            if j == k + 1:
                alive[k, j] = at_risk[k]
                continue
            before, crash = alive[k, j - 1], crashing[j - 1]
            alive[k, j] = now = int(builder.add_columns(1, 0.0, 1.0, integer=True)[0])
            builder.add_row([(now, 1.0), (before, -1.0)], -np.inf, 0.0)
            builder.add_row([(now, 1.0), (crash, 1.0)], -np.inf, 1.0)
            builder.add_row([(now, 1.0), (before, -1.0), (crash, 1.0)], 0.0, np.inf)
    return alive
