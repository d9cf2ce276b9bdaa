"""The integer program of an instance with names, for solvers outside this package."""

from __future__ import annotations

import numpy as np

from aigcbench.errors import InputError
from aigcbench.instance import Instance
from aigcbench.optimization.model_file import NamedProgram, file_name
from aigcbench.problems.assignment.crashes import crash_model
from aigcbench.problems.assignment.linear import assignment_model
from aigcbench.problems.assignment.planning import CRASH_PAIRS
from aigcbench.problems.assignment.program import Program, entries_of, program_of

MAXIMUM_ENTRIES = 10**6  # tasks x services; about 200 MB of text

TASKS = (
    "Temporal generalised assignment: maximise the utility of the tasks that are served.",
    "task<j>_service<i> = 1: task j runs on service i, the best one of its server for it; else it is left out.",
    "load_set<m>_server<e>: steps of the tasks that run on server e when set m, a maximal set of tasks that run",
    "at one time, is complete; its upper bound is the capacity. change_* rows: load before, plus starts, less ends.",
)
CRASHES = (
    "Every task must be placed, and overloading a server crashes it: maximise the utility of the tasks that are served.",
    "Task j on service i, the best one of its server for it, is either served_task<j>_service<i>,",
    "at_risk_task<j>_service<i> (it is lost in a later crash), or crashing_task<j>_service<i> (it arrives, does not fit,",
    "and is lost together with all that runs there). alive_*: an at-risk task still runs when a later task arrives.",
)
EXACT = ("The optimum is the best utility that any decisions reach.",)
UPPER = (
    "The instance forbids rejection: a task that is left out here must be placed all the same and may crash a server.",
    "The optimum is therefore an upper bound on the utility of any decisions, which may not be reached.",
)


def named_program(instance: Instance) -> NamedProgram:
    """The program as text for people; `InputError` above `MAXIMUM_ENTRIES`.

    Small instances without rejection get the model of crashes, whose optimum is reached; larger ones the temporal generalised
    assignment, which only bounds them.
    """
    if (entries := entries_of(instance)) > MAXIMUM_ENTRIES:
        raise InputError(instance.name, f"{entries} tasks x services", f"at most {MAXIMUM_ENTRIES} for an export")
    program = program_of(instance)
    rejects = instance.parameters["reject_allowed"]
    if not rejects and program.utility.size <= CRASH_PAIRS:
        return _crashes(instance, program)
    return _assignment(instance, program, EXACT if rejects else UPPER)


def _assignment(instance: Instance, program: Program, meaning: tuple[str, ...]) -> NamedProgram:
    model = assignment_model(program)
    service = program.service[model.task, model.server].tolist()
    pairs = [f"task{j}_service{i}" for j, i in zip(model.task.tolist(), service, strict=True)]
    places = [f"set{m}_server{e}" for m in range(len(program.spans.sets)) for e in range(len(program.capacity))]
    rows = [f"once_task{j}" for j in range(len(program.steps))] + [f"change_{place}" for place in places]
    columns = pairs + [f"load_{place}" for place in places]
    return NamedProgram(file_name(instance.name), _notes(instance, TASKS + meaning), model.linear, columns, rows)


def _crashes(instance: Instance, program: Program) -> NamedProgram:
    model = crash_model(program)
    columns = [""] * len(model.linear.objective)
    for (k, j, e), column in model.alive.items():
        columns[column] = f"alive_task{k}_at_task{j}_server{e}"
    for (state, j, e), column in np.ndenumerate(
        model.places
    ):  # after the above: a task alive at the next is one at risk
        columns[column] = f"{('served', 'at_risk', 'crashing')[state]}_task{j}_service{program.service[j, e]}"
    rows = [f"row{row}" for row in range(len(model.linear.row_lower))]
    return NamedProgram(file_name(instance.name), _notes(instance, CRASHES + EXACT), model.linear, columns, rows)


def _notes(instance: Instance, lines: tuple[str, ...]) -> tuple[str, ...]:
    return (f"aigcbench instance {file_name(instance.name)}, sha256 {instance.sha256}", *lines)
