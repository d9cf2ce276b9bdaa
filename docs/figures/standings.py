"""Prints a store's boards as a Markdown table: the best of each class, and the solvers named, with interval, tier and gap.

Example:
  make leaderboard
  python docs/figures/standings.py leaderboard/leaderboard.sqlite --best 3 --show random --show opt-ts
"""

import argparse

import aigcbench as ab
from aigcbench.report import columns, formats
from aigcbench.report.board import Board, Standing
from aigcbench.report.leaderboard import boards_of


def line(board: Board, standing: Standing) -> str:
    """One solver on one board."""
    decimals = formats.decimals_for([standing.primary.value])
    score = formats.number(standing.primary.value, decimals)
    cells = [
        board.scenario,
        board.information,
        columns.rank_of(standing, board),
        f"**{standing.label}**" if standing.position == 1 else standing.label,
        f"{score} {formats.interval(standing.primary, decimals)}".strip(),
        formats.share(standing.gap),
        str(standing.instances),
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Read the store, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store")
    parser.add_argument("--best", type=int, default=3, help="solvers of each class (default 3)")
    parser.add_argument("--show", action="append", default=[], metavar="NAME", help="these too, wherever they stand")
    parser.add_argument("--scenario", action="append", default=[], metavar="NAME", help="only these")
    options = parser.parse_args()
    print("| scenario | sees | rank | solver | primary score | to the bound | instances |")
    print("|---|---|---|---|---|---|---|")
    for board in boards_of(ab.results(options.store)):
        if options.scenario and board.scenario not in options.scenario:
            continue
        for place, standing in enumerate(board.standings):
            if standing.position is not None and (place < options.best or standing.solver in options.show):
                print(line(board, standing))


if __name__ == "__main__":
    main()
