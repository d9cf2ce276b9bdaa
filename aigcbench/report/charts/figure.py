"""A chart with what it shows and the numbers behind it."""

from __future__ import annotations

from dataclasses import dataclass

import altair
import pandas as pd


@dataclass(frozen=True)
class Figure:
    """One chart of a scenario.

    Parameters
    ----------
    key
        Names it in addresses and file names.
    title
        Heading.
    explanation
        How to read it, in a few sentences.
    data
        The numbers that are drawn, one row per mark or point of a line.
    chart
        Carries no colours of its own: they come from a configuration of `theme`.
    """

    key: str
    title: str
    explanation: str
    data: pd.DataFrame
    chart: altair.TopLevelMixin
