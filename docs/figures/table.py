"""Prints a store's rows as a Markdown table: one line for each scenario and solver, means over instances.

Example:
  aigcbench run caching-sweep --store sweep.sqlite
  python docs/figures/table.py sweep.sqlite --metric cost --metric hit_ratio --against rcars
"""

import argparse

import numpy as np
import pandas as pd

import aigcbench as ab


def change(rows: pd.DataFrame, metric: str, against: str) -> pd.Series:
    """Mean change of a metric against another solver on the same instances, % with its 95 % normal interval, as text."""
    wide = rows.pivot_table(index="instance_sha256", columns="label", values=f"metric.{metric}")
    relative = 100.0 * wide.div(wide[against], axis=0) - 100.0
    spread = 1.96 * relative.std() / np.sqrt(len(relative))
    return relative.mean().map("{:+.1f}".format) + " ± " + spread.map("{:.1f} %".format)


def main() -> None:
    """Read the store, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store")
    parser.add_argument("--metric", action="append", required=True)
    parser.add_argument("--against", help="a solver that the first metric is paired with")
    options = parser.parse_args()
    rows = ab.results(options.store)
    rows = rows[rows["status"].isin(["ok", "timeout"])]
    head = ["scenario", "solver", *options.metric, *([f"against {options.against}"] if options.against else [])]
    print("|", " | ".join([*head, "run time, s", "instances"]), "|")
    print("|" + "---|" * (len(head) + 2))
    for scenario, group in rows.groupby("scenario", sort=False):
        changes = change(group, options.metric[0], options.against) if options.against else None
        for solver, own in group.groupby("label", sort=False):
            cells = [f"{own[f'metric.{metric}'].mean():.3f}" for metric in options.metric]
            cells += [changes[solver]] if changes is not None else []
            print("|", " | ".join([scenario, solver, *cells, f"{own['wall_seconds'].mean():.2f}", str(len(own))]), "|")


if __name__ == "__main__":
    main()
