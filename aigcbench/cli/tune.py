"""Tune a policy's numeric parameters on training instances, which no evaluation plays.

Every parameter that has a finite range ('aigcbench info SOLVER' shows them) and is not fixed by --param is tuned by CMA-ES, from
the defaults. With several scenarios each counts alike, by its score over that at the start. The policy
plays in this process, in its compiled form if it has one. Equal arguments find equal parameters, unless --seconds ends
the search early. The last lines are the best parameters, for 'aigcbench solve' and for a plan.

Example:
  aigcbench tune sacrifice-ladder offloading/paper offloading/mixed --generations 40 --seeds 12
  aigcbench tune path/to/my_policy.py assignment/asp-paper --param tries=3 --seconds 60
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from typing import TYPE_CHECKING

from aigcbench.cli.arguments import add_json, amount, natural, positive, print_json

if TYPE_CHECKING:
    from aigcbench.tuning import Tuned


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("solver", help="a policy from 'aigcbench list solvers', or a .py file")
    parser.add_argument("scenario", nargs="+", help="scenarios from 'aigcbench list scenarios', or .toml files")
    parser.add_argument(
        "--param", action="append", default=[], metavar="K=V", help="a parameter to leave at a value (repeatable)"
    )
    parser.add_argument(
        "--generations", type=positive, default=40, metavar="N", help="generations of the search (default 40)"
    )
    parser.add_argument("--seconds", type=amount, default=math.inf, metavar="S", help="end the search early after this")
    parser.add_argument(
        "--seeds", type=positive, default=6, metavar="N", help="training instances per scenario (default 6)"
    )
    parser.add_argument("--seed", type=natural, default=0, metavar="N", help="of the search (default 0)")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Tune."""
    from aigcbench.discovery import find_solver
    from aigcbench.scenario import scenario_named
    from aigcbench.tuning import Tuning

    card = find_solver(options.solver)
    given = card.parsed(options.param) if options.param else {}
    fixed = {name: given[name] for name in (text.partition("=")[0] for text in options.param)}
    scenarios = [scenario_named(name) for name in options.scenario]
    tuning = Tuning(card, fixed, scenarios, options.seeds, options.seed)
    for best in tuning.search(options.generations, options.seconds):
        print(f"generation {best.generation}: {_ratios(best)}", file=sys.stderr, flush=True)
    if options.json:
        print_json({"parameters": best.parameters, "generation": best.generation, "ratios": best.ratios})
    else:
        print(" ".join(f"--param {name}={_text(value)}" for name, value in best.parameters.items()))
        values = ", ".join(f"{name} = {json.dumps(value)}" for name, value in best.parameters.items())
        print(f'{{ name = "{card.name}", parameters = {{ {values} }} }}')
    return 0


def _ratios(best: Tuned) -> str:
    return ", ".join(f"{name} x {ratio:.4f}" for name, ratio in best.ratios.items())


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
