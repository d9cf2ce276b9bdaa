"""Describe one thing: a scenario, a solver (name or .py file), a plan, or an instance file.

Example:
  aigcbench info assignment/asp-paper
  aigcbench info milp
  aigcbench info instances.d/asp-paper-7.json.gz --json
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from aigcbench.cli.arguments import add_json, print_json
from aigcbench.errors import InputError, one_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("name", help="scenario, solver, plan or instance file")
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

    if name in scenario_names():
        return _scenario(scenario_named(name))
    if name in catalogue()[0] or name.endswith(".py") or ".py:" in name:
        return find_solver(name).to_json()
    if name in plan_names():
        plan = load_plan(name)
        return {
            "name": name,
            "scenarios": list(plan.scenarios),
            "test seeds": list(plan.instances),
            "solvers": [entry.card.label(entry.parameters) for entry in plan.solvers],
            "limits": vars(plan.limits),
            "cells": plan.n_cells,
        }
    if Path(name).is_file():
        return _instance(name)
    raise InputError(
        "info", f"'{one_line(name, 60)}' is nothing known", "a name from 'aigcbench list ...' or an instance file"
    )


def _scenario(scenario: Any) -> dict[str, Any]:
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
    from aigcbench.problems.problem import load_instance

    instance = load_instance(path)
    arrays = {
        name: {
            "shape": list(array.shape),
            "dtype": str(array.dtype),
            "minimum": array.min().item(),
            "mean": float(array.mean()),
            "maximum": array.max().item(),
        }
        for name, array in instance.arrays.items()
    }
    head = {"name": instance.name, "formulation": instance.formulation, "sha256": instance.sha256}
    return head | {"parameters": dict(instance.parameters), "arrays": arrays}


def _print_tree(data: Any, indent: int = 0) -> None:
    """Print nested data as indented lines."""
    for key, value in data.items():
        if isinstance(value, dict) and value and not all(isinstance(v, (int, float)) for v in value.values()):
            print(f"{'  ' * indent}{key}:")
            _print_tree(value, indent + 1)
        elif isinstance(value, (list, tuple)) and value and isinstance(value[0], dict):
            print(f"{'  ' * indent}{key}:")
            for item in value:
                _print_tree({item.pop("name", "-"): item}, indent + 1)
        else:
            print(f"{'  ' * indent}{key}: {_text(value)}")


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_text(number)}" for key, number in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_text, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
