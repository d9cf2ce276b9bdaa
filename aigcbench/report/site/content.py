"""Everything that the pages are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from aigcbench.best_known import BestKnown, Record
from aigcbench.card import SolverCard
from aigcbench.content import content_directory
from aigcbench.discovery import catalogue

if TYPE_CHECKING:
    from aigcbench.report.site.schedules import Schedules


@dataclass(frozen=True)
class SiteContent:
    """What a site shows. Equal content gives equal bytes.

    Parameters
    ----------
    results
        One row per finished cell, as the result store gives them. A column ``verified`` (bool), where there is one, marks
        rows whose score was computed anew from their decisions.
    incumbents
        Anytime curves by the key of their row (points x 2: seconds, primary score), as the store gives them.
    meta
        Shown at the foot of every page as it is (versions, machine ...), except ``title`` and ``command``, how to
        reproduce the results.
    cards
        What solvers declare, by name; a solver without a card still has a page.
    best_known
        Best known decisions and bounds, by the sha256 of their instance.
    schedules
        Draws the best decisions on each instance; None for pages without pictures of them.
    """

    results: pd.DataFrame
    incumbents: Mapping[str, np.ndarray] = field(default_factory=dict)
    meta: Mapping[str, str] = field(default_factory=dict)
    cards: Mapping[str, SolverCard] = field(default_factory=dict)
    best_known: Mapping[str, Record] = field(default_factory=dict)
    schedules: Schedules | None = None

    @property
    def verified(self) -> pd.Series:
        """Per row, whether its score was computed anew from its decisions."""
        if "verified" not in self.results:
            return pd.Series(False, index=self.results.index)
        return self.results["verified"].astype(bool)


def site_content(
    results: pd.DataFrame,
    incumbents: Mapping[str, np.ndarray],
    meta: Mapping[str, str],
    schedules: Schedules | None = None,
) -> SiteContent:
    """Results, with what this installation knows about the solvers and instances in them."""
    cards, _ = catalogue()
    best_known = BestKnown(content_directory("instances")).load()
    return SiteContent(results, incumbents, meta, cards, best_known, schedules)
