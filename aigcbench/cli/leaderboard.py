"""Show a store as a leaderboard: tables here, and one self-contained HTML page with sortable tables.

Example:
  aigcbench leaderboard --store demo.sqlite --out demo
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from aigcbench.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--store", required=True, metavar="FILE", help="store that 'aigcbench run' wrote")
    parser.add_argument(
        "--out", required=True, metavar="DIR", help="folder for index.html, standings.csv and standings.json"
    )


def run(options: argparse.Namespace) -> int:
    """Report."""
    from rich.console import Console

    from aigcbench.harness.store import Store
    from aigcbench.report.leaderboard import boards_of
    from aigcbench.report.page import write_leaderboard
    from aigcbench.report.terminal import FULL_WIDTH, print_leaderboard

    with Store(options.store, must_exist=True) as store:
        results, machine = store.results(), store.environment()
    if results.empty:
        raise InputError(options.store, "the store has no rows yet", "a store that 'aigcbench run' has filled")
    meta = {
        "version": str(machine.get("packages", {}).get("aigcbench", "")),
        "commit": str(machine.get("commit", "")),
        "processor": str(machine.get("processor", "")),
        "cores": str(machine.get("cores", "")),
        "python": str(machine.get("python", "")),
        "command": f"aigcbench run PLAN --store {options.store} && aigcbench leaderboard --store {options.store} --out {options.out}",
    }
    piped = not sys.stdout.isatty()
    print_leaderboard(boards_of(results), Console(width=FULL_WIDTH if piped else None))
    try:
        page = write_leaderboard(results, Path(options.out), meta)
    except OSError as error:
        raise InputError(options.out, f"cannot be written ({error.strerror})", "a writable folder") from None
    print(f"\nleaderboard: {page.resolve()}")
    return 0
