"""Show a store as a leaderboard: tables here, and one self-contained HTML page with sortable tables.

Example:
  aigcbench leaderboard --store demo.sqlite --out demo
"""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--store", required=True, metavar="FILE", help="store that 'aigcbench run' wrote")
    parser.add_argument(
        "--out", required=True, metavar="DIR", help="folder for index.html, standings.csv and standings.json"
    )


def run(options: argparse.Namespace) -> int:
    """Report."""
    from aigcbench.harness.store import Store
    from aigcbench.report.page import write_leaderboard
    from aigcbench.report.terminal import print_leaderboard

    with Store(options.store, must_exist=True) as store:
        results, machine = store.results(), store.environment()
    meta = {
        "version": str(machine.get("packages", {}).get("aigcbench", "")),
        "commit": str(machine.get("commit", "")),
        "processor": str(machine.get("processor", "")),
        "cores": str(machine.get("cores", "")),
        "python": str(machine.get("python", "")),
        "command": f"aigcbench leaderboard --store {options.store} --out {options.out}",
    }
    print_leaderboard(results)
    page = write_leaderboard(results, options.out, meta)
    print(f"\nleaderboard: {page.resolve()}")
    return 0
