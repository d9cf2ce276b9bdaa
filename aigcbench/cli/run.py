"""Run a plan: every solver on every instance with every seed, each in a process of its own under the plan's limits.

Finished cells are in the store and are not run again: after an interruption of any kind the same command goes on. Where the plan
has a training budget, learners without a checkpoint are trained first, once for all instances. With --engine ray the nodes of a
Ray cluster do the work, with the same limits and the same rows.

Example:
  aigcbench run demo --store demo.sqlite
  aigcbench run demo --solver my_rule.py --store demo.sqlite    (your solver beside the plan's)
  aigcbench run my-plan.toml --store results.sqlite
  aigcbench run my-plan.toml --store quality.sqlite --jobs 2     (rows are marked as not timed)
  aigcbench run my-plan.toml --store quality.sqlite --engine ray --address head-node:6379
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from aigcbench.cli.arguments import positive


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("plan", help="a name from 'aigcbench list plans', or a .toml file")
    parser.add_argument(
        "--store",
        default="results.sqlite",
        metavar="STORE",
        help="file to fill (default results.sqlite), or postgresql+psycopg://USER@HOST/DATABASE",
    )
    parser.add_argument(
        "--solver", action="append", default=[], metavar="NAME", help="another solver, by name or .py file (repeatable)"
    )
    parser.add_argument(
        "--engine",
        choices=("local", "ray"),
        default="local",
        help="what runs the cells: this machine (default), or Ray",
    )
    parser.add_argument(
        "--address",
        metavar="HOST:PORT",
        help="of a Ray cluster, or 'auto' (default: $RAY_ADDRESS, else this machine's cores)",
    )
    parser.add_argument(
        "--jobs", type=positive, metavar="N",
        help="cells at a time (default 1, which is timed; with --engine ray as many as there is room for)",
    )  # fmt: skip
    parser.add_argument(
        "--checkpoints", metavar="DIR", help="of trained learners: found and kept here (default: beside the store)"
    )
    parser.add_argument("--verbose", action="store_true", help="let through what solvers write to standard error")


def run(options: argparse.Namespace) -> int:
    """Run."""
    from aigcbench.cli.progress import progress
    from aigcbench.harness.driver import run_plan
    from aigcbench.harness.engines.catalogue import engine_named
    from aigcbench.harness.plan import load_plan
    from aigcbench.harness.store import Store
    from aigcbench.processes import keep_heap_small

    keep_heap_small()
    plan = load_plan(options.plan, options.solver)
    folder = Path(options.checkpoints) if options.checkpoints else None
    with Store(options.store) as store:
        try:
            with (
                progress() as report,
                engine_named(options.engine, options.address, options.jobs, options.verbose) as engine,
            ):
                run_plan(plan, store, report, engine, folder)
        except KeyboardInterrupt:
            message = (
                f"aigcbench: interrupted; {len(store.keys())} rows are safe in {store.where}, the same command goes on"
            )
            print(message, file=sys.stderr)
            return 130
        results = store.results()
    counts = results["status"].value_counts()
    print(f"{store.where}: {len(results)} rows ({', '.join(f'{n} {status}' for status, n in counts.items())})")
    return 0
