"""Show a store as a leaderboard: tables here, and a web site of pages that need no network.

Example:
  aigcbench leaderboard --store demo.sqlite --out demo
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from aigcbench.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--store", required=True, metavar="FILE", help="store that 'aigcbench run' wrote")
    parser.add_argument(
        "--out", required=True, metavar="DIR", help="folder for the site: index.html, further pages, data"
    )


def run(options: argparse.Namespace) -> int:
    """Report."""
    from rich.console import Console

    from aigcbench.harness.store import Store
    from aigcbench.report.leaderboard import boards_of
    from aigcbench.report.site.builder import write_site
    from aigcbench.report.site.content import site_content
    from aigcbench.report.site.schedules import Schedules
    from aigcbench.report.terminal import FULL_WIDTH, print_leaderboard

    with Store(options.store, must_exist=True) as store:
        results, incumbents, machine = store.results(), store.incumbents(), store.environment()
        if results.empty:
            raise InputError(store.where, "the store has no rows yet", "a store that 'aigcbench run' has filled")
        meta = {
            "version": str(machine.get("packages", {}).get("aigcbench", "")),
            "commit": str(machine.get("commit", "")),
            "processor": str(machine.get("processor", "")),
            "cores": str(machine.get("cores", "")),
            "python": str(machine.get("python", "")),
            "command": f"{_origin(results)} --store {store.where} && aigcbench leaderboard --store {store.where} --out {options.out}",
        }
        piped = not sys.stdout.isatty()
        page = write_site(site_content(results, incumbents, meta, Schedules(store)), Path(options.out))
        print_leaderboard(boards_of(results, incumbents), Console(width=FULL_WIDTH if piped else None))
    print(f"\nleaderboard: {page.resolve()}")
    return 0


def _origin(results: pd.DataFrame) -> str:
    """The command that fills a store like this one."""
    submitted = results["submission"].notna().any()
    return (
        "aigcbench verify leaderboard/submissions/* --bounds leaderboard/bounds.csv"
        if submitted
        else "aigcbench run PLAN"
    )
