"""Draw an instance, or decisions on it, as a picture: who is how full when, and where it goes wrong.

Example:
  aigcbench show instances.d/asp-paper-7.json.gz --out demand.svg
  aigcbench show instances.d/asp-paper-7.json.gz milp.json --out milp.html
  aigcbench show instances.d/asp-paper-7.json.gz --store demo.sqlite --solver prophet --out prophet.png
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from aigcbench.instance import Instance


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("instance", help="an instance file")
    parser.add_argument("decisions", nargs="?", help="what 'aigcbench solve --out' wrote (default: the instance alone)")
    parser.add_argument("--store", metavar="FILE", help="draw decisions of this store, with --solver")
    parser.add_argument("--solver", metavar="LABEL", help="whose decisions, as the leaderboard names it")
    parser.add_argument("--dark", action="store_true", help="for a dark ground")
    parser.add_argument(
        "--out", metavar="FILE", help="picture: .svg, .png, .pdf or .html (default: the instance's name, .svg)"
    )


def run(options: argparse.Namespace) -> int:
    """Draw."""
    from aigcbench.cli.arguments import refuse_unwritable
    from aigcbench.problems.problem import load_instance, problem_of, score
    from aigcbench.report.charts import theme
    from aigcbench.report.charts.save import save_chart

    instance = load_instance(options.instance)
    out = Path(options.out or Path(options.instance).name.partition(".")[0] + ".svg")
    refuse_unwritable(str(out))
    decisions = _decisions(options, instance)
    if decisions is not None:
        print(f"score: {score(instance, decisions).primary:g}")  # refuses what is not legal
    chart = problem_of(instance).picture(instance, decisions)
    save_chart(chart, out, theme.DARK if options.dark else theme.LIGHT)
    print(f"picture: {out.resolve()}")
    return 0


def _decisions(options: argparse.Namespace, instance: Instance) -> Mapping[str, np.ndarray] | None:
    """The decisions that the arguments mean, None for none."""
    from aigcbench.decisions import DecisionsFile
    from aigcbench.errors import InputError
    from aigcbench.harness.store import Store
    from aigcbench.problems.problem import canonical_decisions, problem_of

    if bool(options.store) != bool(options.solver):
        raise InputError("show", "one of --store and --solver", "both or neither")
    if options.store and options.decisions:
        raise InputError("show", "a decisions file and a store", "one of them")
    if options.decisions:
        file = DecisionsFile.load(options.decisions)
        file.refuse_other(instance, options.decisions)
        return canonical_decisions(problem_of(instance), file.decisions)
    if not options.store:
        return None
    with Store(options.store, must_exist=True) as store:
        found = store.decisions(store.key_of(instance.sha256, options.solver))
    if not found:
        raise InputError(
            store.where, f"no decisions of '{options.solver}' on {instance.name}", "a solver that ran on it"
        )
    return canonical_decisions(problem_of(instance), found)
