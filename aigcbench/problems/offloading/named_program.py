"""The integer program of an instance with names, for solvers outside this package."""

from __future__ import annotations

from aigcbench.errors import InputError
from aigcbench.instance import Instance
from aigcbench.optimization.model_file import NamedProgram, file_name
from aigcbench.problems.offloading.linear import offloading_model

MAXIMUM_ENTRIES = 3 * 10**5  # tasks x stations; about 200 MB of text

NOTES = (
    "Offloading with linearised queues: maximise minus the mean delay, s. The optimum is reached, and no decisions have a smaller mean delay.",
    "task<i>_station<s> = 1: station s serves task i. Tasks are numbered in their order of service.",
    "wait_task<i>_station<s>: how long task i waits there, s; 0 if it is served elsewhere (rows wait_*).",
    "level_task<i>_station<s>: how long the station's queue takes to serve when task i is placed, s: the level at the task before,",
    "plus that task if it is served there, less the time that has passed from slot to slot, never below 0 (rows level_*).",
)


def named_program(instance: Instance) -> NamedProgram:
    """The program as text for people; `InputError` above `MAXIMUM_ENTRIES`."""
    n_tasks, n_stations = len(instance["task_work"]), len(instance["station_capacity"])
    if (entries := n_tasks * n_stations) > MAXIMUM_ENTRIES:
        raise InputError(instance.name, f"{entries} tasks x stations", f"at most {MAXIMUM_ENTRIES} for an export")
    model = offloading_model(instance)
    pairs = [f"task{i}_station{s}" for i in range(n_tasks) for s in range(n_stations)]
    columns = [*pairs, *(f"wait_{pair}" for pair in pairs), *(f"level_{pair}" for pair in pairs)]
    rows = [
        *(f"once_task{i}" for i in range(n_tasks)),
        *(f"level_{pair}" for pair in pairs[n_stations:]),
        *(f"wait_{pair}" for pair in pairs),
    ]
    name = file_name(instance.name)
    notes = (f"aigcbench instance {name}, sha256 {instance.sha256}", *NOTES)
    return NamedProgram(name, notes, model.linear, columns, rows)
