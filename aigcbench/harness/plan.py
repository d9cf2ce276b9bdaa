"""A plan: which solvers run on which instances with which seeds under which limits; and the cells that this makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from aigcbench.card import SolverCard
from aigcbench.checkpoint import Checkpoint
from aigcbench.content import content_directory
from aigcbench.discovery import find_solver
from aigcbench.errors import InputError, one_line
from aigcbench.harness.cell import Cell
from aigcbench.harness.checkpoints import Checkpoints
from aigcbench.harness.plan_values import MAXIMUM_NUMBERS, list_of, numbers_of, placed, seconds_of
from aigcbench.harness.training import Order
from aigcbench.instance import Instance
from aigcbench.problems.problem import load_instance
from aigcbench.scenario import scenario_named
from aigcbench.schema import read_toml, refuse_unknown
from aigcbench.solver import BUDGETS, Budget, Limits

SCHEMA = "aigcbench-plan/1"
KEYS = (
    "schema", "summary", "scenarios", "instances", "files", "solvers", "seeds", "training_seeds", "bound_seconds",
    "limits", "budget",
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A solver of the plan with its parameters; a learner may be ``trained_on`` another scenario than it is evaluated on."""

    card: SolverCard
    parameters: Mapping[str, Any]
    trained_on: str = ""


@dataclass(frozen=True)
class Plan:
    """What is to be run.

    Parameters
    ----------
    scenarios, instances
        Scenario names, and the test seeds drawn from each.
    files
        Instance files beside them.
    solvers, seeds, limits
        Every solver runs on every instance with every seed.
    training_seeds
        A learner is trained once with each, and every trained policy runs like a solver of its own.
    budget
        What a training may spend; None where the checkpoints that there are have to do.
    bound_seconds
        Time for the proven bound of each instance; 0 for none.
    """

    scenarios: tuple[str, ...]
    instances: tuple[int, ...]
    files: tuple[str, ...]
    solvers: tuple[Entry, ...]
    seeds: tuple[int, ...]
    limits: Limits
    bound_seconds: float
    training_seeds: tuple[int, ...]
    budget: Budget | None

    def draw(self) -> Iterator[Instance]:
        """The plan's instances, one at a time."""
        for name in self.scenarios:
            for seed in self.instances:
                yield scenario_named(name).instance(seed)
        for file in self.files:
            yield load_instance(file)

    def cells(self, instance: Instance, checkpoints: Checkpoints) -> list[Cell]:
        """The cells of one instance; ``checkpoints`` finds what a learner decides with."""
        return [
            Cell.of(entry.card, entry.parameters, instance, seed, self.limits, **training)
            for entry in self.solvers
            if self._runs(entry, instance.scenario, instance.formulation)
            for training in self._trainings(entry, instance, checkpoints)
            for seed in self.seeds
        ]

    def _runs(self, entry: Entry, scenario: str, formulation: str) -> bool:
        """Whether a solver has a cell on an instance: not where it is in the plan for the sake of other scenarios.

        A solver that solves none of them has skipped cells, which say so.
        """
        formulations = self._formulations
        return (
            scenario not in formulations
            or entry.card.solves(formulation)
            or not any(entry.card.solves(other) for other in formulations.values())
        )

    @cached_property
    def _formulations(self) -> dict[str, str]:
        """Formulation of each of the plan's scenarios, by the name that their instances carry."""
        scenarios = [scenario_named(name) for name in self.scenarios]
        return {scenario.name: scenario.formulation for scenario in scenarios}

    def _trainings(self, entry: Entry, instance: Instance, checkpoints: Checkpoints) -> list[dict[str, Any]]:
        """What a cell says of the training of its solver, for each training seed; nothing where it is no learner."""
        if entry.card.kind != "learner":
            return [{}]
        sources = {scenario_named(source).name: source for source in self.scenarios}
        source = entry.trained_on or sources.get(instance.scenario, instance.scenario)
        shared = {"trained_on": scenario_named(source).name if entry.trained_on else "", "budget": self.budget}
        trainings = []
        for seed in self.training_seeds:
            found = checkpoints.find(entry.card, entry.parameters, source, seed, self.budget)
            checkpoint = {"checkpoint": found} if isinstance(found, Checkpoint) else {"untrained": found}
            trainings.append(shared | {"training_seed": seed} | checkpoint)
        return trainings

    def orders(self) -> list[Order]:
        """The trainings that the plan asks for: every learner on every scenario that it is evaluated on, with every seed."""
        if self.budget is None:
            return []
        wanted = {
            (entry.trained_on or scenario, k, seed)
            for scenario in self.scenarios
            for k, entry in enumerate(self.solvers)
            if entry.card.kind == "learner" and entry.card.solves(scenario_named(scenario).formulation)
            for seed in self.training_seeds
        }
        return [
            Order.of(self.solvers[k].card, self.solvers[k].parameters, scenario, seed, self.budget)
            for scenario, k, seed in sorted(wanted)
        ]

    @property
    def n_instances(self) -> int:
        """How many instances `draw` yields."""
        return len(self.scenarios) * len(self.instances) + len(self.files)

    @property
    def n_cells(self) -> int:
        """How many cells the plan has."""
        per_file = sum(self._variants(entry) for entry in self.solvers)
        per_seed = sum(
            self._variants(entry)
            for scenario, formulation in self._formulations.items()
            for entry in self.solvers
            if self._runs(entry, scenario, formulation)
        )
        return (len(self.instances) * per_seed + len(self.files) * per_file) * len(self.seeds)

    def _variants(self, entry: Entry) -> int:
        return len(self.training_seeds) if entry.card.kind == "learner" else 1


def plan_names() -> list[str]:
    """Names of the plans that are shipped."""
    return sorted(path.stem for path in (content_directory("instances") / "plans").glob("*.toml"))


def load_plan(name: str, more: Sequence[str] = ()) -> Plan:
    """A shipped plan by name, or a ``.toml`` file by path; ``more`` solvers (names or files) join those that it has."""
    if not name.endswith(".toml"):
        if name not in plan_names():
            raise InputError(
                "plan", f"unknown name '{one_line(name, 60)}'", f"a .toml file or one of {', '.join(plan_names())}"
            )
        path = content_directory("instances") / "plans" / f"{name}.toml"
    else:
        path = Path(name)
    table = read_toml(path, SCHEMA)
    if more and isinstance(table.get("solvers", []), list):
        table["solvers"] = [*table.get("solvers", []), *more]
    return parse_plan(table, str(path))


def parse_plan(table: Mapping[str, Any], where: str) -> Plan:
    """Hold a plan's table against what a plan is; raise `InputError` for the first thing that is wrong."""
    refuse_unknown(table, KEYS, where)
    if not isinstance(table.get("summary", ""), str):
        raise InputError(f"{where}: summary", one_line(repr(table["summary"]), 60), "a text")
    plan = Plan(
        scenarios=tuple(list_of(table, "scenarios", str, where)),
        instances=_instances(table, where),
        files=tuple(list_of(table, "files", str, where)),
        solvers=_entries(table, where),
        seeds=tuple(list_of({"seeds": [0]} | dict(table), "seeds", int, where)),
        limits=numbers_of(Limits, table.get("limits", {}), f"{where}: limits"),
        training_seeds=tuple(list_of({"training_seeds": [0]} | dict(table), "training_seeds", int, where)),
        budget=_budget(table["budget"], f"{where}: budget") if "budget" in table else None,
        bound_seconds=seconds_of(table.get("bound_seconds", 5.0), f"{where}: bound_seconds"),
    )
    for k, scenario in enumerate(plan.scenarios):
        placed(f"{where}: scenarios[{k}]", scenario_named, scenario)
    for k, file in enumerate(plan.files):
        placed(f"{where}: files[{k}]", load_instance, file)
    if not plan.n_cells:
        raise InputError(where, "no cells", "at least one scenario or file, one instance, one solver and one seed")
    return plan


def _instances(table: Mapping[str, Any], where: str) -> tuple[int, ...]:
    """A number of test seeds, or their list."""
    given = table.get("instances", 1)
    if type(given) is not int:
        return tuple(list_of(table, "instances", int, where))
    if not 0 < given <= MAXIMUM_NUMBERS:
        expected = f"a number in 1..{MAXIMUM_NUMBERS} or a list of seeds"
        raise InputError(f"{where}: instances", one_line(given, 60), expected)
    return tuple(range(given))


def _entries(table: Mapping[str, Any], where: str) -> tuple[Entry, ...]:
    """The solvers, none of them twice with the same parameters."""
    entries: list[Entry] = []
    for k, item in enumerate(list_of(table, "solvers", object, where)):
        entry = _entry(item, f"{where}: solvers[{k}]")
        if entry in entries:
            label = entry.card.label(entry.parameters)
            raise InputError(f"{where}: solvers[{k}]", f"'{label}' stands twice", "each entry once")
        entries.append(entry)
    return tuple(entries)


def _entry(item: Any, where: str) -> Entry:
    """A solver by name or file, or ``{ name = "...", parameters = { ... } }``."""
    if isinstance(item, str):
        item = {"name": item}
    if not isinstance(item, dict) or not isinstance(item.get("name"), str):
        raise InputError(where, one_line(repr(item), 60), 'a name or { name = "...", parameters = { ... } }')
    refuse_unknown(item, ("name", "parameters", "trained_on"), where)
    card = placed(where, find_solver, item["name"])
    given = item.get("parameters", {})
    if not isinstance(given, dict):
        raise InputError(f"{where}.parameters", one_line(repr(given), 60), "a table")
    trained_on = item.get("trained_on", "")
    if trained_on:
        if not isinstance(trained_on, str) or card.kind != "learner":
            raise InputError(f"{where}.trained_on", one_line(repr(trained_on), 60), "a scenario's name, for a learner")
        placed(f"{where}.trained_on", scenario_named, trained_on)
    return Entry(card, placed(where, card.validated, given), trained_on)


def _budget(given: Any, where: str) -> Budget:
    """A budget by name, or as a table."""
    if not isinstance(given, str):
        return numbers_of(Budget, given, where)
    if given not in BUDGETS:
        raise InputError(where, one_line(repr(given), 60), f"a table, or one of {', '.join(BUDGETS)}")
    return BUDGETS[given]
