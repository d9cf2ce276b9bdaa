"""List what there is: scenarios, solvers, plans, shipped checkpoints, or the checkpoints or instance files in a folder.

Example:
  aigcbench list solvers
  aigcbench list scenarios --json
  aigcbench list instances --dir instances.d
  aigcbench list checkpoints --dir checkpoints
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from aigcbench.cli.arguments import add_json, print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("what", choices=list(_LISTS), help="what to list")
    parser.add_argument(
        "--dir", metavar="DIR", help="of instances (default: this one), of checkpoints (default: shipped)"
    )
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """List."""
    rows, shown = _LISTS[options.what](options)
    if options.json:
        print_json(rows)
    elif not rows:
        print(f"no {options.what}")
    else:
        _print_columns([[_text(row[name]) for name in shown] for row in rows], shown)
    return 0


def _scenarios(_: argparse.Namespace) -> tuple[list[dict[str, Any]], list[str]]:
    from aigcbench.scenario import scenario_named, scenario_names

    rows = []
    for name in scenario_names():
        scenario = scenario_named(name)
        rows.append(
            {
                "name": name,
                "formulation": scenario.formulation,
                "version": scenario.version,
                "fleet": "drawn" if scenario.fleet is None else "fixed",
                "summary": scenario.summary,
                "source": scenario.source,
            }
        )
    return rows, ["name", "fleet", "summary"]


def _solvers(_: argparse.Namespace) -> tuple[list[dict[str, Any]], list[str]]:
    from aigcbench.discovery import catalogue

    cards, broken = catalogue()
    for line in broken:
        print(f"aigcbench: left out {line}", file=sys.stderr)
    return [card.to_json() for card in cards.values()], ["name", "formulations", "family", "information", "summary"]


def _plans(_: argparse.Namespace) -> tuple[list[dict[str, Any]], list[str]]:
    import tomllib

    from aigcbench.content import content_directory
    from aigcbench.harness.plan import plan_names

    folder = content_directory("instances") / "plans"
    tables = [(name, tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))) for name in plan_names()]
    return [{"name": name, "summary": table.get("summary", "")} for name, table in tables], ["name", "summary"]


def _instances(options: argparse.Namespace) -> tuple[list[dict[str, Any]], list[str]]:
    from aigcbench.errors import InputError
    from aigcbench.problems.problem import load_instance, problem_of

    folder = _folder(options.dir or ".", "a folder with instance files")
    rows = []
    for path in sorted([*folder.glob("*.json"), *folder.glob("*.json.gz")]):
        try:
            instance = load_instance(path)
        except InputError as error:  # another JSON file, such as decisions; or an instance that has been damaged
            print(f"aigcbench: left out {error}", file=sys.stderr)
            continue
        rows.append(
            {
                "file": str(path),
                "name": instance.name,
                "formulation": instance.formulation,
                "requests": problem_of(instance).n_requests(instance),
                "sha256": instance.sha256,
            }
        )
    return rows, ["file", "name", "requests"]


def _checkpoints(options: argparse.Namespace) -> tuple[list[dict[str, Any]], list[str]]:
    from aigcbench.checkpoint import Checkpoint
    from aigcbench.errors import InputError
    from aigcbench.harness.checkpoints import checkpoint_paths, shipped_folder

    rows = []
    folder = _folder(options.dir, "a folder of checkpoints") if options.dir else shipped_folder()
    for path in checkpoint_paths(folder):
        try:
            checkpoint = Checkpoint.load(path)
        except InputError as error:
            print(f"aigcbench: left out {error}", file=sys.stderr)
            continue
        training = checkpoint.training
        rows.append(
            {
                "solver": training.label,
                "trained on": training.task,
                "seed": training.seed,
                "budget": training.budget_name,
                "validation": round(checkpoint.validation, 4),
                "environment_steps": checkpoint.spent.environment_steps,
                "updates": checkpoint.spent.updates,
                "cpu_seconds": checkpoint.spent.cpu_seconds,
                "sha256": checkpoint.sha256,
                "file": str(path),
            }
        )
    return rows, ["solver", "trained on", "seed", "budget", "validation", "updates", "cpu_seconds", "file"]


def _folder(name: str, expected: str) -> Path:
    from aigcbench.errors import InputError

    if not Path(name).is_dir():
        raise InputError("--dir", f"no folder '{name}'", expected)
    return Path(name)


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _print_columns(rows: list[list[str]], heads: list[str]) -> None:
    """Print aligned columns; the last one is cut at the terminal's width."""
    import shutil

    width = shutil.get_terminal_size((160, 24)).columns
    widths = [max(len(row[k]) for row in [heads, *rows]) for k in range(len(heads))]
    for row in [heads, *rows]:
        line = "  ".join(text.ljust(size) for text, size in zip(row, widths, strict=True)).rstrip()
        print(line if len(line) <= width or not sys.stdout.isatty() else line[: width - 3] + "...")


_LISTS = {
    "scenarios": _scenarios,
    "solvers": _solvers,
    "plans": _plans,
    "checkpoints": _checkpoints,
    "instances": _instances,
}
