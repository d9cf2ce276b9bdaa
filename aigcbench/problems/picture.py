"""What the formulations' pictures are made of: heat maps and lines over time, small enough to lie in a page.

Colours of heat maps are legible on light and dark grounds; all others come from the page's configuration.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import altair as alt

WIDTH = 640
ROW_HEIGHT, LINE_HEIGHT = 14, 90
BINS = 60
"""Intervals into which time is divided at most."""
DIGITS, COLOUR_DIGITS, EDGE_DIGITS = 3, 2, 6
"""Significant digits of drawn numbers, which are the same on every processor: of lines, of colours, of times."""
COLOURS: Final = "viridis"


def rounded(values: np.ndarray, digits: int = DIGITS) -> list[float]:
    """Numbers as a picture carries them, from an array of any shape; whole ones without a point."""
    numbers = [float(f"{value:.{digits}g}") for value in np.ravel(values).tolist()]
    return [int(number) if number.is_integer() else number for number in numbers]


def heat_map(
    values: np.ndarray, starts: np.ndarray, row: str, column: str, value: str, top: float | None = None
) -> alt.Chart:
    """A rectangle for every row and interval.

    Parameters
    ----------
    values
        Rows x intervals.
    starts
        Where each interval begins, and where the last one ends (intervals + 1).
    row, column, value
        Titles with units: of a row, of the horizontal axis, of the colours.
    top
        Value of the brightest colour; None for the largest there is.
    """
    import altair as alt

    rows = [{"r": number, "v": rounded(row_values, COLOUR_DIGITS)} for number, row_values in enumerate(values)]
    edges = json.dumps(rounded(starts, EDGE_DIGITS), separators=(",", ":"))
    most = top if top is not None else float(values.max(initial=0.0)) or 1.0
    scale = alt.Scale(scheme=COLOURS, domain=[0.0, float(f"{most:.{DIGITS}g}")], clamp=True)
    ends = [float(starts[0]), float(starts[-1])]
    return (
        alt.Chart(alt.InlineData(values=rows))  # a list for each row: a tenth of the text of a record per rectangle
        .transform_flatten(["v"])
        .transform_window(n="row_number()", groupby=["r"])
        .transform_calculate(x=f"{edges}[datum.n - 1]", e=f"{edges}[datum.n]")
        .mark_rect()
        .encode(
            x=alt.X("x:Q", title=column, scale=alt.Scale(domain=ends, nice=False)),
            x2="e:Q",
            y=alt.Y("r:O", title=row, axis=alt.Axis(labelOverlap=True)),
            color=alt.Color("v:Q", scale=scale, legend=alt.Legend(title=value, orient="top", gradientLength=160)),
            tooltip=[
                alt.Tooltip("r:O", title=row),
                alt.Tooltip("x:Q", title=column),
                alt.Tooltip("v:Q", title=value),
            ],
        )
        .properties(width=WIDTH, height=max(ROW_HEIGHT * len(values), 40))
    )


def step_line(values: np.ndarray, starts: np.ndarray, column: str, value: str, rule: float | None = None) -> Any:
    """A filled step line over time, with a dashed rule where there is a limit.

    Parameters
    ----------
    values
        One number for each interval (intervals,).
    starts
        As for `heat_map`.
    """
    import altair as alt

    points = {"x": rounded(starts, EDGE_DIGITS), "v": rounded(np.append(values, values[-1:]))}
    ends = [float(starts[0]), float(starts[-1])]
    area = (
        alt.Chart(alt.InlineData(values=[points]))
        .transform_flatten(["x", "v"])
        .mark_area(interpolate="step-after", opacity=0.35, line=True)
        .encode(
            x=alt.X("x:Q", title=column, scale=alt.Scale(domain=ends, nice=False)),
            y=alt.Y("v:Q", title=value),
            tooltip=[alt.Tooltip("x:Q", title=column), alt.Tooltip("v:Q", title=value)],
        )
    )
    layers: list[Any] = [area]
    if rule is not None:
        layers.append(alt.Chart(alt.InlineData(values=[{"v": rule}])).mark_rule(strokeDash=[4, 3]).encode(y="v:Q"))
    return alt.layer(*layers).properties(width=WIDTH, height=LINE_HEIGHT)


def stacked(*panels: Any) -> Any:
    """Panels below each other, each with its own colours."""
    import altair as alt

    return alt.vconcat(*panels, resolve=alt.Resolve(scale=alt.LegendResolveMap(color="independent"))).properties(
        background="transparent"
    )


def intervals(end: float, at_most: int = BINS) -> np.ndarray:
    """Equal intervals of time from 0 (at_most + 1)."""
    return np.linspace(0.0, end, at_most + 1)


def mean_load(
    start: np.ndarray, stop: np.ndarray, load: np.ndarray, row: np.ndarray, rows: int, starts: np.ndarray
) -> np.ndarray:
    """Mean of what lasts from ``start`` to ``stop`` with a ``load`` in a ``row``, over each interval: rows x intervals."""
    edges = np.searchsorted(starts, start, side="right") - 1
    total = np.zeros((rows, len(starts) - 1))
    for first, begin, end, amount, place in zip(
        edges.tolist(), start.tolist(), stop.tolist(), load.tolist(), row.tolist()
    ):
        for number in range(max(first, 0), len(starts) - 1):
            overlap = min(end, starts[number + 1]) - max(begin, starts[number])
            if overlap <= 0.0:
                break
            total[place, number] += amount * overlap
    return np.asarray(total / np.diff(starts))
