"""Hold results against what the papers print: run a figure's plan, then compare number by number.

Without a name, everything that the store has rows for is compared and nothing is run. What counts as reproduced is a rule, which is
printed with the report.

Example:
  aigcbench reproduce --list
  aigcbench reproduce d2sac-table3 --store reproduction.sqlite
  aigcbench reproduce --store leaderboard/leaderboard.sqlite --markdown report.md
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("name", nargs="?", help="a figure or a paper of --list; it is run first (default: compare all)")
    parser.add_argument("--list", action="store_true", help="list papers and figures")
    parser.add_argument(
        "--store",
        default="reproduction.sqlite",
        metavar="FILE",
        help="store to fill and compare (default reproduction.sqlite)",
    )
    parser.add_argument("--no-run", action="store_true", help="compare what the store has, run nothing")
    parser.add_argument("--markdown", metavar="FILE", help="write the whole report here, without printing it")


def run(options: argparse.Namespace) -> int:
    """Run and compare."""
    from rich.console import Console

    from aigcbench.cli.arguments import refuse_unwritable
    from aigcbench.harness.store import Store
    from aigcbench.instance import write_file
    from aigcbench.report.reproduction.catalogue import figures_named, papers
    from aigcbench.report.reproduction.comparison import compare_papers
    from aigcbench.report.reproduction.text import markdown, print_comparison
    from aigcbench.report.terminal import FULL_WIDTH

    if options.list:
        return _list()
    figures = figures_named(options.name) if options.name else ()
    if options.markdown:
        refuse_unwritable(options.markdown)
    if options.name and not options.no_run:
        _run_plans(list(dict.fromkeys(figure.plan for figure in figures if figure.plan)), options.store)
    with Store(options.store, must_exist=True) as store:
        compared = compare_papers(papers(), store.results())
    if options.markdown:
        write_file(options.markdown, markdown(compared).encode())
        print(f"report: {Path(options.markdown).resolve()}")
        return 0
    console = Console(width=None if sys.stdout.isatty() else FULL_WIDTH)
    for paper in compared:
        for comparison in paper.comparisons:
            if comparison.figure in figures or (not figures and comparison.measured):
                print_comparison(comparison, console)
    return 0


def _list() -> int:
    from aigcbench.report.reproduction.catalogue import papers

    for paper in papers():
        print(f"{paper.name}: {paper.title}")
        for figure in paper.figures:
            print(f"  {figure.name:<24} {figure.printed_in or 'finding':<12} {figure.title}")
    return 0


def _run_plans(plans: list[str], path: str) -> None:
    """Run the plans that a store has no rows of yet; it resumes by itself."""
    from aigcbench.cli.progress import progress
    from aigcbench.harness.driver import run_plan
    from aigcbench.harness.plan import load_plan
    from aigcbench.harness.store import Store

    with Store(path) as store, progress() as report:
        for plan in plans:
            run_plan(load_plan(plan), store, report)
