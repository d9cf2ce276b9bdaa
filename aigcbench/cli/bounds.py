"""Compute a proven bound on the primary score of instances: no legal decisions can be better.

Example:
  aigcbench bounds assignment/asp-paper --count 3 --seconds 10
  aigcbench bounds instances.d/asp-paper-7.json.gz --json
"""

from __future__ import annotations

import argparse
import time

from aigcbench.cli.arguments import add_json, amount, natural, positive, print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("instance", help="an instance file, or a scenario")
    parser.add_argument(
        "--seed", type=natural, default=0, metavar="N", help="first test seed of a scenario (default 0)"
    )
    parser.add_argument("--count", type=positive, default=1, metavar="K", help="instances of a scenario (default 1)")
    parser.add_argument("--seconds", type=amount, default=10.0, metavar="S", help="time for each (default 10)")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Bound."""
    from aigcbench.problems.problem import load_instance, problem_of
    from aigcbench.scenario import scenario_named

    if options.instance.endswith((".json", ".json.gz")):
        instances = [load_instance(options.instance)]
    else:
        scenario = scenario_named(options.instance)
        instances = [scenario.instance(seed) for seed in range(options.seed, options.seed + options.count)]
    rows = []
    for instance in instances:
        start = time.perf_counter()
        bound = problem_of(instance).bound(instance, options.seconds)
        seconds = time.perf_counter() - start
        rows.append({"instance": instance.name, "bound": bound.value, "method": bound.method, "seconds": seconds})
        if not options.json:
            print(f"{instance.name}: {bound.value:.6f} by {bound.method} in {seconds:.1f} s", flush=True)
    if options.json:
        print_json(rows)
    return 0
