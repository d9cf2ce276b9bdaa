"""Score a decisions file on its instance, or recompute every score of a store from its stored decisions.

Exit code 1 when decisions break a rule, or when a stored score is not what the decisions give.

Example:
  aigcbench check instances.d/asp-paper-7.json.gz milp.json
  aigcbench check --all --store demo.sqlite --jobs 2
"""

from __future__ import annotations

import argparse
from typing import Any

from aigcbench.cli.arguments import add_json, positive, print_json
from aigcbench.errors import InputError, InvalidDecisions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("instance", nargs="?", help="an instance file")
    parser.add_argument("decisions", nargs="?", help="a decisions file that 'aigcbench solve --out' wrote")
    parser.add_argument("--all", action="store_true", help="recompute every score of a store")
    parser.add_argument("--store", metavar="FILE", help="the store, with --all")
    parser.add_argument(
        "--jobs", type=positive, default=1, metavar="N", help="processes to check with, with --all (default 1)"
    )
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Check."""
    if options.all and options.store and not options.instance:
        return _check_store(options)
    if options.decisions and not options.all and not options.store:
        return _check_file(options)
    ways = "aigcbench check INSTANCE DECISIONS, or aigcbench check --all --store FILE"
    raise InputError("check", "neither two files nor a store", ways)


def _check_file(options: argparse.Namespace) -> int:
    import aigcbench as ab
    from aigcbench.decisions import DecisionsFile

    instance = ab.load(options.instance)
    file = DecisionsFile.load(options.decisions)
    file.refuse_other(instance, options.decisions)
    answer: dict[str, Any] = {"instance": instance.name, "solver": file.solver, "feasible": True, "metrics": None}
    try:
        score = ab.check(instance, file.decisions)
        answer["metrics"] = dict(score.metrics)
    except InvalidDecisions as error:
        answer |= {"feasible": False, "constraint": error.constraint}
        answer |= {"where": error.where, "wrong": error.wrong, "expected": error.expected}
    if options.json:
        print_json(answer)
    elif answer["feasible"]:
        print(f"{file.solver} on {instance.name}: feasible")
        for metric in score.definitions:
            print(f"  {metric.name:<20} {score[metric.name]:>14.6f} {metric.unit}".rstrip())
    else:
        detail = f"{answer['where']}: {answer['wrong']}; expected {answer['expected']}"
        print(f"{file.solver} on {instance.name}: INFEASIBLE, {answer['constraint']}: {detail}")
    return 0 if answer["feasible"] else 1


def _check_store(options: argparse.Namespace) -> int:
    """Recompute each row; a difference in any metric, or a missing or surplus score, is a failure."""
    from aigcbench.harness.rescoring import rescore
    from aigcbench.harness.store import Store

    with Store(options.store, must_exist=True) as store:
        count, different = rescore(store, options.jobs)
    if options.json:
        print_json({"store": store.where, "rows": count, "different": [row.as_dict() for row in different]})
    else:
        for row in different:
            print(f"DIFFERENT: {row.solver} on {row.instance} (row {row.key[:12]})")
        print(f"{count} rows recomputed from their decisions, {len(different)} different")
    return 1 if different else 0
