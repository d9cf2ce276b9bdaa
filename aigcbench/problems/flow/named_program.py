"""The relaxation of an instance as an integer program with names, for solvers outside this package."""

from __future__ import annotations

from dataclasses import replace

from aigcbench.errors import InputError
from aigcbench.instance import Instance
from aigcbench.optimization.model_file import NamedProgram, file_name
from aigcbench.problems.flow.linear import knapsack_model

MAXIMUM_MODES = 10**6  # flows x levels; about 200 MB of text

NOTES = (
    "Temporal knapsack: maximise the priority of the flows that are completed, as a share of all priority.",
    "flow<i>_level<k> = 1: flow i holds the units of level k from its arrival for as long as it takes alone on the widest gateway.",
    "load_instant<m>: units held after all arrivals at the m-th instant; its upper bound is what the server has.",
    "change_*: load before, plus what starts, less what ends.",
    "Gateways are relaxed: flows wait for one another there and may get lower rates, and so hold their units longer than here.",
    "The optimum is therefore an upper bound on the weighted completion rate of any decisions, which may not be reached.",
)


def named_program(instance: Instance) -> NamedProgram:
    """The program as text for people; `InputError` above `MAXIMUM_MODES`."""
    if (modes := len(instance["flow_slot"]) * len(instance["level_rate"])) > MAXIMUM_MODES:
        raise InputError(instance.name, f"{modes} flows x levels", f"at most {MAXIMUM_MODES} for an export")
    model = knapsack_model(instance)
    linear = replace(model.linear, objective=model.linear.objective / int(instance["flow_priority"].sum()))
    instants = range(len(model.instants))
    chosen = zip(model.modes.flow.tolist(), model.modes.level.tolist(), strict=True)
    columns = [f"flow{i}_level{k}" for i, k in chosen] + [f"load_instant{m}" for m in instants]
    rows = [f"once_flow{i}" for i in range(len(instance["flow_slot"]))] + [f"change_instant{m}" for m in instants]
    name = file_name(instance.name)
    return NamedProgram(name, (f"aigcbench instance {name}, sha256 {instance.sha256}", *NOTES), linear, columns, rows)
