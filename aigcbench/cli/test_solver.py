"""Try a solver file as the benchmark will: declaration, legal decisions, same seed same decisions, time, real size.

Exit code 1 when a check fails.

Example:
  aigcbench new-solver my-rule
  aigcbench test-solver my_rule.py
"""

from __future__ import annotations

import argparse

from aigcbench.cli.arguments import add_json, amount, print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("solver", help="a .py file (file.py:name where it holds several), or a solver's name")
    parser.add_argument(
        "--time-limit", type=amount, default=10.0, metavar="S", help="seconds per tiny instance (default 10)"
    )
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Try."""
    from aigcbench.discovery import find_solver
    from aigcbench.trial import try_solver

    card = find_solver(options.solver)
    verdicts = []
    for verdict in try_solver(card, options.time_limit):
        verdicts.append(verdict)
        if not options.json:
            print(f"{'pass' if verdict.passed else 'FAIL'}  {verdict.check}: {verdict.seen}", flush=True)
    failed = sum(not verdict.passed for verdict in verdicts)
    if options.json:
        print_json({"solver": card.name, "passed": not failed, "checks": [vars(verdict) for verdict in verdicts]})
    else:
        print(f"{card.name}: {len(verdicts) - failed} of {len(verdicts)} checks passed")
    return 1 if failed else 0
