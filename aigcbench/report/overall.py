"""Solvers over all scenarios of a formulation: interquartile mean of normalised scores, stratified by scenario."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from aigcbench.problems.problem import problem_named
from aigcbench.report import statistics
from aigcbench.report.judging import LIMITS, Headline, distinct, headline_of, judge
from aigcbench.report.scores import by_training, instances_run
from aigcbench.report.standings import SEED
from aigcbench.report.statistics import Estimate
from aigcbench.solver import INFORMATION


@dataclass(frozen=True)
class OverallStanding:
    """One solver over the scenarios of a formulation.

    Parameters
    ----------
    label, family
        ``label`` is the solver with its non-default parameters.
    scenarios, instances
        On how many it ran, of instances those that every training ran.
    normalised
        Interquartile mean of the normalised score (0 = reference solver, 1 = bound) over the instances and trainings, with
        its interval; every scenario keeps its number of instances in every resample.
    """

    label: str
    family: str
    scenarios: int
    instances: int
    normalised: Estimate


@dataclass(frozen=True)
class OverallBoard:
    """One information class of a formulation under one set of limits, all scenarios together.

    Parameters
    ----------
    scenarios, instances
        The scenarios, and the number of their instances on which the score can be normalised.
    standings
        Those that ran every instance, best first, then the others.
    """

    formulation: str
    information: str
    wall_limit_s: float
    memory_limit_mb: float
    threads: int
    scenarios: tuple[str, ...]
    instances: int
    standings: tuple[OverallStanding, ...]

    @property
    def limits_key(self) -> tuple[float, float, int]:
        """Wall clock (s), memory (MB) and threads."""
        return self.wall_limit_s, self.memory_limit_mb, self.threads

    @property
    def best(self) -> OverallStanding | None:
        """The first of those that ran every instance, None where nobody did."""
        first = self.standings[0]
        return first if first.instances == self.instances else None


def overall_boards_of(results: pd.DataFrame) -> tuple[OverallBoard, ...]:
    """Aggregate result rows, as the store gives them, over scenarios, in order of formulation, limits and class.

    Instances whose bound or reference score is unknown, or where the two agree, are left out.
    """
    return tuple(
        board
        for formulation, rows in results.groupby("formulation", sort=True)
        for board in _boards(str(formulation), rows, headline_of(problem_named(str(formulation))))
    )


def _boards(formulation: str, rows: pd.DataFrame, headline: Headline) -> Iterator[OverallBoard]:
    cells = distinct(rows)
    cells = cells[cells["status"] != "skipped"]
    judged = pd.concat([judge(own, headline) for _, own in cells.groupby("scenario", sort=True)] or [cells])
    if judged.empty:
        return
    way = judged["bound"] - judged["reference"]
    reachable = way.abs() > statistics.ROUNDING * judged["bound"].abs()
    judged = judged.assign(normalised=(judged["primary"] - judged["reference"]) / way.where(reachable))
    judged = judged[judged["normalised"].notna()]
    for _, alike in judged.groupby(LIMITS, sort=True):
        for information in INFORMATION:
            own = alike[alike["information"] == information]
            if len(own):
                head = own.iloc[0]
                instances = own.drop_duplicates("instance_sha256").set_index("instance_sha256")["scenario"].sort_index()
                yield OverallBoard(
                    formulation=formulation,
                    information=information,
                    wall_limit_s=float(head["wall_limit_s"]),
                    memory_limit_mb=float(head["memory_limit_mb"]),
                    threads=int(head["threads"]),
                    scenarios=tuple(sorted(set(instances))),
                    instances=len(instances),
                    standings=_standings(own, instances),
                )


def _standings(rows: pd.DataFrame, instances: pd.Series) -> tuple[OverallStanding, ...]:
    """Standings of a class; ``instances`` has the scenario of each sha256."""
    strata = instances.to_numpy(str)
    standings = []
    for label, own in rows.groupby("label", sort=True):
        values = by_training(own, own["normalised"].to_numpy(float), instances.index)
        standings.append(
            OverallStanding(
                label=str(label),
                family=str(own["family"].iloc[0]),
                scenarios=own["scenario"].nunique(),
                instances=instances_run(values),
                normalised=statistics.interquartile_mean_over_trainings(values, np.random.default_rng(SEED), strata),
            )
        )
    standings.sort(
        key=lambda s: (s.instances < len(instances), -np.nan_to_num(s.normalised.value, nan=-np.inf), s.label)
    )
    return tuple(standings)
