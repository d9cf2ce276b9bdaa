"""The picture of an assignment: how full each server is over time, and where servers crash."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from aigcbench.instance import Instance
from aigcbench.problems.assignment.checker import NEVER, REJECTED, replay
from aigcbench.problems.picture import heat_map, intervals, mean_load, rounded, stacked, step_line

TIME = "time, s"
CRASH_COLOUR = "#e4572e"
"""Read well on every colour of the heat map and on both grounds."""
MOST_CRASHES = 400
"""Of which there is a mark; a plan with more is all marks anyway."""


def picture(instance: Instance, decisions: Mapping[str, np.ndarray] | None) -> Any:
    """Steps wanted over time; with decisions, occupancy of every server with a cross at each crash."""
    arrival, runtime, steps = (instance[name] for name in ("task_arrival", "task_runtime", "task_steps"))
    end = float((arrival + runtime).max())
    starts, everywhere = intervals(end), np.zeros(len(arrival), np.int64)
    wanted = mean_load(arrival, arrival + runtime, steps, everywhere, 1, starts)[0]
    capacity = instance["server_capacity"]
    demand = step_line(wanted, starts, TIME, "steps wanted", float(capacity.sum()))
    if decisions is None:
        return stacked(demand)
    service = decisions["service"]
    run = replay(instance, service)
    admitted = (service != REJECTED) & ~run.refused
    crashed = run.crashed_by != NEVER
    stop = np.where(crashed, arrival[np.maximum(run.crashed_by, 0)], arrival + runtime)
    server = instance["service_server"][service]
    used = mean_load(arrival[admitted], stop[admitted], steps[admitted], server[admitted], len(capacity), starts)
    occupied = heat_map(100.0 * used / capacity[:, None], starts, "server", TIME, "% of its steps in use", 100.0)
    return stacked(demand, _with_crashes(occupied, arrival[run.refused], server[run.refused]))


def _with_crashes(occupied: Any, times: np.ndarray, servers: np.ndarray) -> Any:
    """Crosses on the heat map."""
    import altair as alt

    if not len(times):
        return occupied
    picked = np.linspace(0, len(times) - 1, min(len(times), MOST_CRASHES)).astype(np.int64)
    data = pd.DataFrame({"x": rounded(times[picked]), "r": servers[picked], "what": "crash"})
    crosses = (
        alt.Chart(data)
        .mark_point(
            shape="cross",
            filled=True,
            color=CRASH_COLOUR,
            angle=45,
            size=70,
            opacity=1.0,
            stroke="white",
            strokeWidth=0.5,
        )
        .encode(
            x="x:Q",
            y="r:O",
            tooltip=[
                alt.Tooltip("what:N", title="what"),
                alt.Tooltip("r:O", title="server"),
                alt.Tooltip("x:Q", title=TIME),
            ],
        )
    )
    return alt.layer(occupied, crosses)
