"""Anytime curves of result rows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from aigcbench.report.judging import Headline
from aigcbench.report.statistics.anytime import Anytime

NOTHING = np.empty((0, 2))


def have_incumbents(ran: pd.DataFrame, incumbents: Mapping[str, np.ndarray]) -> bool:
    """Whether any of the runs has told an incumbent before its end."""
    return any(key in incumbents for key in ran["key"])


def anytime_curves(ran: pd.DataFrame, incumbents: Mapping[str, np.ndarray], headline: Headline) -> list[Anytime | None]:
    """The best score over time of each judged run; None of a run that delivered no legal decisions.

    A run without incumbents has its score at its end, and so has one whose last decisions are better than its incumbents.
    What came in the grace after the wall limit counts as of the limit.
    """
    ends = np.minimum(ran["wall_seconds"], ran["wall_limit_s"])
    rows = zip(ran["key"], ran["scored"], ends, ran["primary"])
    return [
        Anytime.of(incumbents.get(key, NOTHING), end, score, headline.sign) if scored else None
        for key, scored, end, score in rows
    ]


def primal_integrals(
    ran: pd.DataFrame, incumbents: Mapping[str, np.ndarray], headline: Headline, horizon: float
) -> pd.Series:
    """Primal integral of each judged run over the time limit; NaN for all where no run has told an incumbent."""
    if not have_incumbents(ran, incumbents):
        return pd.Series(np.nan, index=ran.index)
    curves = anytime_curves(ran, incumbents, headline)
    integrals = [
        curve.primal_integral(best_known, horizon) if curve else 1.0
        for curve, best_known in zip(curves, ran["best_known"])
    ]
    return pd.Series(integrals, index=ran.index, dtype=float)
