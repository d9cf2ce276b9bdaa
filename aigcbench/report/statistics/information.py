"""The price of information: how much better one can do the more one may know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from aigcbench.report.scores import over_trainings
from aigcbench.report.statistics.bootstrap import UNKNOWN, Estimate, mean_over_trainings
from aigcbench.report.statistics.paired_tests import mean_difference


@dataclass(frozen=True)
class Level:
    """The best that is known with some information.

    Parameters
    ----------
    name
        An information class, or ``bound``.
    solver
        Label of the best solver by mean; empty for the bound.
    score
        Its mean score over the instances.
    step
        How much better it is than the level before per instance (positive is better); NaN for the first.
    """

    name: str
    solver: str
    score: Estimate
    step: Estimate


def price_of_information(
    scores: Mapping[str, Mapping[str, np.ndarray]], bounds: np.ndarray, sign: float, rng: np.random.Generator
) -> list[Level]:
    """Best solver of each information class and the proven bound, on the instances that all of them know.

    Parameters
    ----------
    scores
        Information class, from least to most informed, to solver label to its scores, trainings x n, NaN where it did not run.
    bounds
        Per instance (n,), NaN where unknown; left out where none is known.
    sign
        1 where higher is better, else -1.
    rng
        Draws the resamples.
    """
    curves = {name: _best(solvers, sign) for name, solvers in scores.items() if solvers}
    if not np.isnan(bounds).all():
        curves["bound"] = ("", bounds[None, :])
    if not curves:
        return []
    known = ~np.isnan(np.concatenate([values for _, values in curves.values()])).any(axis=0)
    levels: list[Level] = []
    before: np.ndarray | None = None
    for name, (label, values) in curves.items():
        values = values[:, known]
        step = UNKNOWN if before is None else mean_difference(sign * values, sign * before, rng)
        levels.append(Level(name, label, mean_over_trainings(values, rng), step))
        before = values
    return levels


def _best(solvers: Mapping[str, np.ndarray], sign: float) -> tuple[str, np.ndarray]:
    """The solver with the best mean among those that ran the most instances; of equal ones the first by label."""

    def rank(item: tuple[str, np.ndarray]) -> tuple[int, float, str]:
        label, values = item
        scores = over_trainings(values)
        known = scores[~np.isnan(scores)]
        return -len(known), -sign * float(known.mean()) if len(known) else np.inf, label

    return min(solvers.items(), key=rank)
