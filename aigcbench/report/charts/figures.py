"""All figures of one scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from aigcbench.report.charts.figure import Figure
from aigcbench.report.charts.information import information_price
from aigcbench.report.charts.panel import panels_of
from aigcbench.report.charts.profile import performance_profile
from aigcbench.report.charts.quality import quality_against_latency, quality_against_training
from aigcbench.report.charts.running import Running, anytime_quality, reached_targets
from aigcbench.report.leaderboard import Board

__all__ = ["Figure", "figures_of"]


def figures_of(boards: Sequence[Board], results: pd.DataFrame, incumbents: Mapping[str, np.ndarray]) -> list[Figure]:
    """The figures of one scenario under one set of limits, those left out for which there are no numbers.

    Parameters
    ----------
    boards
        Of all information classes that have one, under the same limits.
    results
        Result rows, as the store gives them; rows of other scenarios do no harm.
    incumbents
        Anytime curves by the key of their row (points x 2: seconds, primary score), as the store gives them.
    """
    panels = panels_of(boards, results)
    running = Running.of(panels, incumbents)
    found = [
        information_price(panels),
        performance_profile(panels),
        quality_against_latency(boards),
        quality_against_training(boards),
        anytime_quality(running),
        reached_targets(running),
    ]
    return [figure for figure in found if figure is not None]
