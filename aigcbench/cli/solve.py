"""Run one solver on one instance under limits, write its decisions and show what the checker makes of them.

A learner decides with the checkpoint that is shipped for the instance's scenario, unless another is given.

Example:
  aigcbench solve instances.d/asp-paper-7.json.gz --solver milp --param backend=highs --time-limit 20 --out milp.json
  aigcbench solve instances.d/asp-paper-7.json.gz --solver path/to/my_solver.py
"""

from __future__ import annotations

import argparse
from typing import Any

from aigcbench.cli.arguments import add_json, add_limits, natural, print_json, refuse_unwritable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("instance", help="an instance file")
    parser.add_argument(
        "--solver", required=True, metavar="NAME", help="a name from 'aigcbench list solvers', or a .py file"
    )
    parser.add_argument("--param", action="append", default=[], metavar="K=V", help="a solver parameter (repeatable)")
    parser.add_argument("--checkpoint", metavar="FILE", help="of a learner: what 'aigcbench train' wrote")
    parser.add_argument(
        "--training-seed",
        type=natural,
        default=0,
        metavar="N",
        help="of the shipped checkpoint of a learner (default 0)",
    )
    add_limits(parser)
    parser.add_argument(
        "--seed", type=natural, default=0, metavar="N", help="of the solver's random numbers (default 0)"
    )
    parser.add_argument("--out", metavar="FILE", help="write the decisions here (.json or .json.gz)")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Solve; exit code 1 when there is no score."""
    import aigcbench as ab
    from aigcbench.decisions import DecisionsFile
    from aigcbench.discovery import find_solver

    if options.out:
        refuse_unwritable(options.out)
    instance = ab.load(options.instance)
    card = find_solver(options.solver)
    result = ab.solve(
        instance,
        options.solver,
        parameters=card.parsed(options.param) if options.param else None,
        seed=options.seed,
        time_limit=options.time_limit,
        memory_limit=options.memory_limit,
        threads=options.threads,
        training_seed=options.training_seed,
        checkpoint=options.checkpoint,
    )
    if options.out and result.decisions is not None:
        DecisionsFile(instance.sha256, card.name, result.parameters, options.seed, result.decisions).save(options.out)
    if options.json:
        names = ("solver", "parameters", "seed", "status", "detail", "wall_seconds", "decision_p50_s", "decision_p99_s")
        data: dict[str, Any] = {"instance": instance.name, "instance_sha256": instance.sha256}
        data |= {name: getattr(result, name) for name in names}
        data |= {"peak_memory_mb": result.peak_memory_mb, "anytime": result.anytime}
        data["checkpoint_sha256"] = result.checkpoint.sha256 if result.checkpoint else None
        print_json(data | {"metrics": dict(result.score.metrics) if result.score else None})
    else:
        print(result.summary())
        if options.out and result.decisions is not None:
            print(f"decisions written to {options.out}")
    return 0 if result.score else 1
