"""The judged runs behind a board, as the charts need them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from aigcbench.report.judging import LIMITS, distinct, judge
from aigcbench.report.leaderboard import Board
from aigcbench.report.scores import by_training


@dataclass(frozen=True)
class Panel:
    """One information class of a scenario.

    Parameters
    ----------
    board
        Its ranking.
    instances
        sha256 of its instances, sorted.
    runs
        Judged rows of each ranked solver by its label, best first.
    """

    board: Board
    instances: pd.Index
    runs: dict[str, pd.DataFrame]

    def averaged(self, label: str, values: np.ndarray) -> np.ndarray:
        """Values of a solver's runs (rows x ...) averaged over seeds: trainings x instances x ...

        Where a training lacks an instance, trainings are averaged too.
        """
        averaged = by_training(self.runs[label], values, self.instances)
        return np.nanmean(averaged, axis=0, keepdims=True) if np.isnan(averaged).any() else averaged


def panels_of(boards: Sequence[Board], results: pd.DataFrame) -> list[Panel]:
    """The runs of each board of one scenario under one set of limits; boards without a ranked solver are left out."""
    head = boards[0]
    rows = distinct(results[results["scenario"] == head.scenario])
    judged = judge(rows[rows["status"] != "skipped"], head.headline)
    judged = judged[(judged[LIMITS] == [getattr(head, name) for name in LIMITS]).all(axis=1)]
    panels = []
    for board in boards:
        own = judged[judged["information"] == board.information]
        by_label = dict(tuple(own.groupby("label")))
        runs = {s.label: by_label[s.label] for s in board.standings if s.position is not None}
        if runs:
            panels.append(Panel(board, pd.Index(np.unique(own["instance_sha256"])), runs))
    return panels
