"""Compute a proven bound on the primary score of instances: no legal decisions can be better.

What is best known about an instance is shown beside it; see also 'aigcbench best-known'.

Example:
  aigcbench bounds assignment/asp-paper --count 3 --seconds 10
  aigcbench bounds instances.d/asp-paper-7.json.gz --json
  aigcbench bounds frozen --seconds 60 --update
  aigcbench bounds offloading/paper --count 13 --seconds 40 --update --bounds leaderboard/bounds.csv
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigcbench.cli.arguments import add_json, amount, natural, positive, print_json

if TYPE_CHECKING:
    from aigcbench.instance import Instance


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("instance", help="an instance file, a scenario, or 'frozen' for all frozen instances")
    parser.add_argument(
        "--seed", type=natural, default=0, metavar="N", help="first test seed of a scenario (default 0)"
    )
    parser.add_argument("--count", type=positive, default=1, metavar="K", help="instances of a scenario (default 1)")
    parser.add_argument("--seconds", type=amount, default=10.0, metavar="S", help="time for each (default 10)")
    parser.add_argument(
        "--update", action="store_true", help="keep bounds that are better than those in best_known.csv"
    )
    parser.add_argument(
        "--bounds", metavar="FILE", help="add bounds that are new or tighter to this table (bounds.csv)"
    )
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Bound."""
    from aigcbench.best_known import BestKnown
    from aigcbench.frozen import instances_folder
    from aigcbench.problems.problem import problem_of
    from aigcbench.score import gap
    from aigcbench.submissions.bounds import publish_bounds

    best_known = BestKnown(instances_folder())
    best_known.load()  # a table that does not hold together is told before the work, not after it
    rows: list[dict[str, Any]] = []
    for instance in _instances(options):
        problem_of(instance).prepare_bound()
        start = time.perf_counter()
        bound = problem_of(instance).bound(instance, options.seconds)
        seconds = time.perf_counter() - start
        row = {"instance": instance.name, "bound": bound.value, "method": bound.method, "seconds": seconds}
        if options.update:
            row["kept"] = best_known.offer_bound(instance, bound)
        if options.bounds:
            row["published"] = publish_bounds(Path(options.bounds), {instance.sha256: (instance.name, bound)}) > 0
        if record := best_known.load().get(instance.sha256):
            row |= {"best_known": record.utility, "solver": record.solver, "gap": gap(record.utility, bound.value)}
            row |= {"best_known_gap": record.gap, "status": record.status}
        rows.append(row)
        if not options.json:
            print(_line(row), flush=True)
    if options.json:
        print_json(rows)
    return 0


def _instances(options: argparse.Namespace) -> Iterable[Instance]:
    from aigcbench.frozen import frozen_instances
    from aigcbench.problems.problem import load_instance
    from aigcbench.scenario import scenario_named

    if options.instance == "frozen":
        return frozen_instances()
    if options.instance.endswith((".json", ".json.gz")):
        return [load_instance(options.instance)]
    scenario = scenario_named(options.instance)
    return (scenario.instance(seed) for seed in range(options.seed, options.seed + options.count))


def _line(row: Mapping[str, Any]) -> str:
    text = f"{row['instance']}: {row['bound']:.6f} by {row['method']} in {row['seconds']:.1f} s"
    if "best_known" in row:
        text += f"; best known {row['best_known']:.6f} by {row['solver']}, gap {row['gap']:.3%}"
        text += f" (with the best known bound {row['best_known_gap']:.3%}, {row['status']})"
    return text + ("; kept" if row.get("kept") else "") + ("; published" if row.get("published") else "")
