"""Describe one thing: a scenario, a solver, a plan (each by name or by file), or an instance file.

Example:
  aigcbench info assignment/asp-paper
  aigcbench info milp
  aigcbench info instances.d/asp-paper-7.json.gz --json
"""

from __future__ import annotations

import argparse
import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigcbench.cli.arguments import add_json, print_json
from aigcbench.errors import InputError, one_line

if TYPE_CHECKING:
    from aigcbench.harness.plan import Plan
    from aigcbench.scenario import Scenario


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("name", help="name or file of a scenario, a solver or a plan, or an instance file")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Describe."""
    data = _describe(options.name)
    if options.json:
        print_json(data)
    else:
        _print_tree(data)
    return 0


def _describe(name: str) -> dict[str, Any]:
    from aigcbench.discovery import catalogue, find_solver
    from aigcbench.harness.plan import load_plan, plan_names
    from aigcbench.scenario import scenario_named, scenario_names

    if name in plan_names() or _is_plan_file(name):
        return _plan(name, load_plan(name))
    if name in scenario_names() or name.endswith(".toml"):
        return _scenario(scenario_named(name))
    if name in catalogue()[0] or name.endswith(".py") or ".py:" in name:
        return find_solver(name).to_json()
    if Path(name).is_file():
        return _instance(name)
    near = difflib.get_close_matches(name, [*scenario_names(), *catalogue()[0], *plan_names()], n=1, cutoff=0.4)
    hint = f"'{near[0]}'? see 'aigcbench list ...'" if near else "a name from 'aigcbench list ...', or a file"
    raise InputError("info", f"no scenario, solver, plan or file '{one_line(name, 60)}'", hint)


def _is_plan_file(name: str) -> bool:
    """Whether a file says that it is a plan; what is wrong with one that can't be read is for others to tell."""
    from aigcbench.harness.plan import SCHEMA

    try:
        return name.endswith(".toml") and tomllib.loads(Path(name).read_text(encoding="utf-8")).get("schema") == SCHEMA
    except (OSError, ValueError):
        return False


def _plan(name: str, plan: Plan) -> dict[str, Any]:
    return {
        "name": name,
        "scenarios": list(plan.scenarios),
        "test seeds": list(plan.instances),
        "files": list(plan.files),
        "solvers": [entry.card.label(entry.parameters) for entry in plan.solvers],
        "solver seeds": list(plan.seeds),
        "limits": vars(plan.limits),
        "training seeds": list(plan.training_seeds),
        "training budget": vars(plan.budget) if plan.budget else "none: checkpoints that there are",
        "bound seconds": plan.bound_seconds,
        "cells": plan.n_cells,
    }


def _scenario(scenario: Scenario) -> dict[str, Any]:
    return {
        "name": scenario.name,
        "version": scenario.version,
        "formulation": scenario.formulation,
        "summary": scenario.summary,
        "source": scenario.source,
        "fleet": "drawn for every instance" if scenario.fleet is None else "fixed",
        "parameters": dict(scenario.parameters),
    }


def _instance(path: str) -> dict[str, Any]:
    from aigcbench.best_known import BestKnown
    from aigcbench.frozen import instances_folder
    from aigcbench.problems.problem import load_instance, problem_of

    instance = load_instance(path)
    arrays = {}
    for declared in problem_of(instance).arrays:
        array = instance[declared.name]
        arrays[declared.name] = {"shape": list(array.shape), "dtype": str(array.dtype), "unit": declared.unit}
        if array.size:
            spread = {"minimum": array.min().item(), "mean": float(array.mean()), "maximum": array.max().item()}
            arrays[declared.name] |= spread
    head: dict[str, Any] = {"name": instance.name, "formulation": instance.formulation, "sha256": instance.sha256}
    if record := BestKnown(instances_folder()).load().get(instance.sha256):
        row = record.to_row()
        head["best known"] = {name: row[name] for name in ("utility", "solver", "when", "bound", "gap", "status")}
    return head | {"parameters": dict(instance.parameters), "arrays": arrays}


def _print_tree(data: Mapping[str, Any], indent: int = 0) -> None:
    """Print nested data as indented lines, the innermost level on one line."""
    for key, value in data.items():
        if isinstance(value, (list, tuple)) and value and isinstance(value[0], dict) and "name" in value[0]:
            value = {item["name"]: {name: part for name, part in item.items() if name != "name"} for item in value}
        if isinstance(value, dict) and any(isinstance(part, dict) for part in value.values()):
            print(f"{'  ' * indent}{key}:")
            _print_tree(value, indent + 1)
        else:
            print(f"{'  ' * indent}{key}: {_text(value)}".rstrip())


def _text(value: Any) -> str:
    """A value on one line; parts that say nothing are left out."""
    if isinstance(value, dict):
        told = {key: part for key, part in value.items() if part not in (None, "", [], ())}
        return ", ".join(
            f"{key} {_text(part) if _is_scalar(part) else f'({_text(part)})'}" for key, part in told.items()
        )
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(part) if _is_scalar(part) else f"({_text(part)})" for part in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, (dict, list, tuple))
