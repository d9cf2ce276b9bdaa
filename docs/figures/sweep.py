"""Draws metrics against the number that ends the scenarios' names, e.g. ``flow/flows-250``, from the rows of a store.

Example:
  aigcbench run flow-load --store load.sqlite
  python docs/figures/sweep.py load.sqlite --x "flows in 10 s" --metric weighted_completion_rate --metric mean_delay \\
      --out docs/images/flow-load.svg
"""

import argparse

import altair as alt
import numpy as np
import pandas as pd

import aigcbench as ab
from aigcbench.report.statistics import mean_with_interval

NUMBER = r"-(\d+)$"


def estimates(rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Mean and 95 % interval of a metric over instances: columns x, solver, mean, low, high."""
    rows = rows.assign(x=rows["scenario"].str.extract(NUMBER, expand=False)).dropna(subset=["x", f"metric.{metric}"])
    table = []
    for (x, solver), group in rows.groupby(["x", "solver"]):
        estimate = mean_with_interval(group[f"metric.{metric}"].to_numpy(float), np.random.default_rng(0))
        table.append(
            {"x": int(x), "solver": solver, "mean": estimate.value, "low": estimate.low, "high": estimate.high}
        )
    return pd.DataFrame(table)


def chart(table: pd.DataFrame, x: str, metric: str) -> alt.LayerChart:
    """Lines of means with bands of intervals; solvers in the order in which they end at the right."""
    order = table[table["x"] == table["x"].max()].sort_values("mean", ascending=False)["solver"].tolist()
    legend, scale = alt.Legend(symbolOpacity=1), alt.Scale(scheme="tableau10")
    colour = alt.Color("solver:N", sort=order, title=None, scale=scale, legend=legend)
    axis = alt.X("x:Q", title=x)
    line = alt.Chart(table).mark_line(point=True).encode(axis, alt.Y("mean:Q", title=metric.replace("_", " ")), colour)
    band = alt.Chart(table).mark_area(opacity=0.2).encode(axis, alt.Y("low:Q"), alt.Y2("high:Q"), colour)
    return (band + line).properties(width=380, height=300)


def main() -> None:
    """Read the store, write the figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store")
    parser.add_argument("--x", required=True, help="what the number in the scenarios' names counts")
    parser.add_argument("--metric", action="append", required=True)
    parser.add_argument("--out", required=True, help="an .svg or .png file")
    options = parser.parse_args()
    rows = ab.results(options.store)
    rows = rows[rows["status"].isin(["ok", "timeout"])]
    charts = [chart(estimates(rows, metric), options.x, metric) for metric in options.metric]
    alt.hconcat(*charts).save(options.out)


if __name__ == "__main__":
    main()
