"""Write the results of a store as a submission for the published leaderboard: claims and decisions, in a folder for a pull request.

The store must hold one whole plan on test instances 0, 1, 2, ...: every solver on every instance with every seed. A solver of
one's own goes along with --solver, so that others can run it.

Example:
  aigcbench run my-plan.toml --store results.sqlite
  aigcbench submit --store results.sqlite --out leaderboard/submissions/my-rule --author "A. Name" --solver my_rule.py
  aigcbench verify leaderboard/submissions/my-rule --strict
"""

from __future__ import annotations

import argparse
from pathlib import Path

from aigcbench.cli.arguments import add_json, print_json
from aigcbench.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--store", required=True, metavar="FILE", help="store that 'aigcbench run' wrote")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder to write; its name is the submission's")
    parser.add_argument("--author", required=True, help="who answers for it")
    parser.add_argument("--summary", default="", help="what it is, in a line (default: its plan)")
    parser.add_argument("--address", default="", metavar="URL", help="where there is more about it, https://...")
    parser.add_argument(
        "--solver", action="append", default=[], metavar="FILE", help="solver file to put in; repeatable"
    )
    parser.add_argument("--bounds", metavar="FILE", help="add the store's proven bounds to this table (bounds.csv)")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Submit."""
    from aigcbench.harness.store import Store
    from aigcbench.submissions.bounds import publish_bounds
    from aigcbench.submissions.writing import write_submission

    files = [Path(file) for file in options.solver]
    for file in files:
        if not file.is_file():
            raise InputError(str(file), "no such file", "a solver file")
    with Store(options.store, must_exist=True) as store:
        submission = write_submission(store, Path(options.out), options.author, options.summary, options.address, files)
        added = publish_bounds(Path(options.bounds), store.bounds()) if options.bounds else 0
    path, plan = submission.folder.path, submission.metadata.plan
    size = sum((path / place).stat().st_size for place in submission.folder.files)
    if options.json:
        print_json({"folder": str(path), "rows": len(submission.rows), "bytes": size, "bounds": added})
        return 0
    solvers = len({row["label"] for row in submission.rows})
    print(
        f"{path}: {len(submission.rows)} rows of {solvers} solvers on {len(plan.scenarios)} scenarios, {size / 1e6:.2f} MB"
    )
    if options.bounds:
        print(f"{options.bounds}: {added} bounds are new or tighter")
    return 0
