"""All figures of one scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from aigcbench.report.charts import quality
from aigcbench.report.charts.figure import Figure
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
    found = [quality.quality_against_latency(boards), quality.quality_against_training(boards)]
    return [figure for figure in found if figure is not None]
