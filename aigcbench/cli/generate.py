"""Draw instances of a scenario into files. The same scenario and seed give the same instance everywhere.

A file that holds the instance already is left as it is.

Example:
  aigcbench generate assignment/asp-paper --seed 7 --count 5 --out instances.d
  aigcbench generate assignment/asp-paper --seed 0 --count 5 --tree --out frozen      (frozen/assignment/asp-paper/0.json.gz)
"""

from __future__ import annotations

import argparse
from pathlib import Path

from aigcbench.cli.arguments import add_json, natural, positive, print_json
from aigcbench.errors import InputError
from aigcbench.instance import SPLITS, Instance


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("scenario", help="a name from 'aigcbench list scenarios', or a .toml file")
    parser.add_argument("--seed", type=natural, required=True, metavar="N", help="first seed")
    parser.add_argument("--count", type=positive, default=1, metavar="K", help="how many, seeds N to N+K-1 (default 1)")
    parser.add_argument("--split", choices=SPLITS, default="test", help="disjoint streams of draws (default test)")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder to write to")
    parser.add_argument(
        "--tree", action="store_true", help="a folder for each scenario instead of its name in the file's"
    )
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Generate."""
    from aigcbench.scenario import scenario_named

    scenario = scenario_named(options.scenario)
    stem = f"{scenario.name}/" if options.tree else f"{scenario.name.rpartition('/')[2]}-"
    written = []
    for seed in range(options.seed, options.seed + options.count):
        instance = scenario.instance(seed, options.split)
        mark = "" if options.split == "test" else f"{options.split}-"
        path = Path(options.out) / f"{stem}{mark}{seed}.json.gz"
        if not path.exists():
            instance.save(path)
        elif Instance.load(path).sha256 != instance.sha256:
            raise InputError(str(path), "is another instance", "another folder, or none of this name")
        written.append({"file": str(path), "name": instance.name, "sha256": instance.sha256})
        if not options.json:
            print(f"{path}  sha256 {instance.sha256[:16]}")
    if options.json:
        print_json(written)
    return 0
