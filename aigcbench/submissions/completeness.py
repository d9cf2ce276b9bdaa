"""Whether rows make up the whole plan that a submission declares, so that no instance or seed was picked from more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import product

from aigcbench.errors import InputError
from aigcbench.scenario import scenario_named, scenario_names
from aigcbench.submissions.metadata import DeclaredPlan
from aigcbench.submissions.row import Row

MAXIMUM_FINDINGS = 20


def gaps(rows: Iterable[Row], plan: DeclaredPlan) -> list[str]:
    """What is missing from the plan or goes beyond it, a line each, at most `MAXIMUM_FINDINGS`.

    Every solver that has a row has one for each instance and seed (and training seed, of a learner), all counted from 0,
    on every scenario of the plan whose formulation is among those that it has rows of.
    """
    formulations = _formulations(plan.scenarios)
    found: dict[str, set[tuple[str, int, int, int]]] = defaultdict(set)
    for row in rows:
        training_seed = -1 if row["training_seed"] is None else row["training_seed"]
        found[row["label"]].add((row["scenario"], row["instance_seed"], row["seed"], training_seed))
    lines: list[str] = []
    for label, cells in sorted(found.items()):
        trainings = range(plan.training_seeds) if any(cell[3] >= 0 for cell in cells) else (-1,)
        solved = {formulations.get(scenario) for scenario, *_ in cells}
        scenarios = [scenario for scenario in plan.scenarios if formulations[scenario] in solved]
        whole = set(product(scenarios, range(plan.instances), range(plan.seeds), trainings))
        for wrong, what in ((whole - cells, "is missing"), (cells - whole, "goes beyond the declared plan")):
            lines += [f"{label}: {_cell(*cell)} {what}" for cell in sorted(wrong)[: MAXIMUM_FINDINGS - len(lines)]]
    return lines


def _formulations(scenarios: Iterable[str]) -> dict[str, str]:
    """Formulation of each scenario; `InputError` for one that is not in the catalogue."""
    known = set(scenario_names())
    for name in scenarios:
        if name not in known:
            raise InputError("scenarios", f"'{name}' is not in the catalogue", "names from 'aigcbench list scenarios'")
    return {name: scenario_named(name).formulation for name in scenarios}


def _cell(scenario: str, instance: int, seed: int, training_seed: int) -> str:
    return f"{scenario}#{instance}, seed {seed}" + (f", training seed {training_seed}" if training_seed >= 0 else "")
