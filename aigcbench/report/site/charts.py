"""A scenario's figures on its page: specifications for the browser, and files to download."""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from aigcbench.instance import write_file
from aigcbench.report import formats
from aigcbench.report.charts.figure import Figure
from aigcbench.report.charts.figures import figures_of
from aigcbench.report.charts.save import save
from aigcbench.report.site import addresses
from aigcbench.report.site.sections import Section


@dataclass(frozen=True)
class Chart:
    """A figure in its place.

    Parameters
    ----------
    anchor
        Id on the page.
    stem
        Where its files lie, from the top of the site, without ending.
    limits
        Number of instances and limits in words.
    """

    figure: Figure
    anchor: str
    stem: str
    limits: str

    @property
    def name(self) -> str:
        """What a file that the browser makes of it is called, without ending."""
        return self.stem.removeprefix("data/").replace("/", "-")

    @property
    def composite(self) -> bool:
        """Whether it is made of several panels, which keep their own width."""
        return isinstance(self.figure.chart, (alt.ConcatChart, alt.HConcatChart, alt.VConcatChart, alt.FacetChart))

    @property
    def specification(self) -> str:
        """The Vega-Lite specification, packed for a script element."""
        return packed(self.figure.chart)


def charts_of(
    sections: Sequence[Section], results: pd.DataFrame, incumbents: Mapping[str, np.ndarray]
) -> Iterator[Chart]:
    """The figures of all sections of one scenario's page."""
    for section in sections:
        folder = addresses.data_file(section.head.scenario, "").rstrip(".")
        for figure in figures_of(section.boards, results, incumbents):
            anchor = section.anchor(figure.key)
            yield Chart(
                figure,
                anchor,
                f"{folder}/{anchor}",
                f"{formats.count(section.head.instances, 'instance')}, {section.limits}",
            )


def write_chart(chart: Chart, out_dir: Path) -> None:
    """Write a figure's numbers as CSV and the figure as PDF; the browser makes SVG and PNG from what it shows."""
    write_file(out_dir / f"{chart.stem}.csv", chart.figure.data.to_csv(index=False, lineterminator="\n").encode())
    save(chart.figure, out_dir / f"{chart.stem}.pdf")


def packed(chart: Any) -> str:
    """A chart's specification as a script element holds it: JSON, compressed (zlib) and written in base 64.

    A quarter of the text, which browsers unpack by themselves; and no name in it can end the element.
    """
    specification = chart.to_dict(validate=False)  # validation takes longer than all the rest
    text = json.dumps(specification, separators=(",", ":"), allow_nan=False)
    return b64encode(zlib.compress(text.encode(), level=9)).decode()
