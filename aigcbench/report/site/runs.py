"""Single runs and instances, as the pages of solvers and instances list them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from aigcbench.best_known import Record
from aigcbench.problems.problem import problem_named
from aigcbench.report import formats
from aigcbench.report.judging import LIMITS, SCORED_STATUSES, Headline, distinct, headline_of
from aigcbench.report.site import addresses
from aigcbench.score import Metric, gap
from aigcbench.solver import INFORMATION

PLAIN = (
    "key",
    "scenario",
    "instance",
    "instance_sha256",
    "solver",
    "label",
    "information",
    "status",
    "detail",
    "wall_seconds",
    "decision_p50_s",
    "timed",
    "verified",
)
"""Columns of the results that a run takes as they are."""


@dataclass(frozen=True, slots=True)
class Run:
    """One finished cell.

    Parameters
    ----------
    key
        Of its row in the store.
    seeds
        Seed of training and of the run, where they tell runs apart.
    score, gap, crash_rate, delay
        NaN without legal decisions, or where the formulation or the instance has no such number.
    detail
        What went wrong.
    """

    key: str
    scenario: str
    instance: str
    instance_sha256: str
    solver: str
    label: str
    information: str
    limits: str
    seeds: str
    status: str
    detail: str
    score: float
    gap: float
    crash_rate: float
    delay: float
    wall_seconds: float
    decision_p50_s: float
    timed: bool
    verified: bool

    @property
    def scored(self) -> bool:
        """Whether it delivered legal decisions."""
        return not math.isnan(self.score)


@dataclass(frozen=True)
class InstanceFacts:
    """One instance with its runs, best first.

    Parameters
    ----------
    bound, bound_method
        The tightest proven bound that the results or the table of best known decisions have; NaN and ``""`` if none.
    record
        Its entry in the table of best known decisions.
    """

    formulation: str
    scenario: str
    name: str
    sha256: str
    headline: Headline
    bound: float
    bound_method: str
    record: Record | None
    runs: tuple[Run, ...]

    @property
    def all_verified(self) -> bool:
        """Whether every run's score was computed anew from its decisions."""
        return all(run.verified for run in self.runs)

    @property
    def best(self) -> Run | None:
        """The best run of these results."""
        return self.runs[0] if self.runs and self.runs[0].scored else None

    @property
    def best_score(self) -> float:
        """Score of the best decisions that anybody has, NaN if nobody has any."""
        sign = self.headline.sign
        scores = [self.best.score] if self.best else []
        scores += [self.record.utility] if self.record else []
        return sign * max((sign * score for score in scores), default=math.nan)

    @property
    def best_finder(self) -> str:
        """Who has found them: a solver of these results, or of the table where that is better."""
        if self.best and self.best.score == self.best_score:
            return self.best.label
        return self.record.solver if self.record else ""

    @property
    def best_gap(self) -> float:
        """Distance of the best decisions from the bound."""
        return gap(self.best_score, self.bound)


def instances_of(results: pd.DataFrame, best_known: Mapping[str, Record], verified: pd.Series) -> list[InstanceFacts]:
    """All instances of the results, by scenario and number."""
    rows = distinct(results.assign(verified=verified))
    facts = []
    for (formulation, _), of_scenario in rows.groupby(["formulation", "scenario"], sort=True):
        found = _of_scenario(of_scenario, str(formulation), best_known)
        facts += sorted(found, key=lambda instance: (addresses.natural(instance.name), instance.sha256))
    return facts


def _of_scenario(rows: pd.DataFrame, formulation: str, best_known: Mapping[str, Record]) -> list[InstanceFacts]:
    """The instances of one scenario's rows."""
    headline = headline_of(problem_named(formulation))
    bounds = _bounds(rows, headline, best_known)
    runs: dict[str, list[Run]] = {}
    for run in _runs(rows, headline, bounds):
        runs.setdefault(run.instance_sha256, []).append(run)
    return [
        InstanceFacts(
            formulation=formulation,
            scenario=own[0].scenario,
            name=own[0].instance,
            sha256=digest,
            headline=headline,
            bound=bounds[digest][0],
            bound_method=bounds[digest][1],
            record=best_known.get(digest),
            runs=tuple(sorted(own, key=lambda run: _best_first(run, headline))),
        )
        for digest, own in runs.items()
    ]


def _bounds(rows: pd.DataFrame, headline: Headline, best_known: Mapping[str, Record]) -> dict[str, tuple[float, str]]:
    """The tightest bound of each instance, of its rows or of the table, and its method; NaN and ``""`` where there is none."""
    known: dict[str, list[tuple[float, str]]] = {}
    for digest, value, method in zip(*(rows[name].tolist() for name in ("instance_sha256", "bound", "bound_method"))):
        known.setdefault(digest, []).extend([(float(value), str(method))] if value == value else [])
    for digest, bounds in known.items():
        if (record := best_known.get(digest)) and record.bound:
            bounds.append((record.bound.value, record.bound.method))
    return {
        digest: min(bounds, key=lambda bound: headline.sign * bound[0], default=(math.nan, ""))
        for digest, bounds in known.items()
    }


def _best_first(run: Run, headline: Headline) -> tuple[float, int, str, str]:
    score = -headline.sign * run.score if run.scored else math.inf
    return score, INFORMATION.index(run.information), run.label, run.seeds


def _runs(rows: pd.DataFrame, headline: Headline, bounds: Mapping[str, tuple[float, str]]) -> Iterator[Run]:
    """Every row as a run."""
    scored = rows["status"].isin(SCORED_STATUSES)
    measured = [_values(rows, metric, scored) for metric in (headline.primary, headline.crash_rate, headline.delay)]
    for values, seeds, limits, score, crash_rate, delay in zip(
        zip(*(rows[name].tolist() for name in PLAIN)), _seeds(rows), _limits(rows), *measured
    ):
        plain = dict(zip(PLAIN, values))
        plain["detail"] = plain["detail"] if isinstance(plain["detail"], str) else ""
        yield Run(
            **plain,
            seeds=seeds,
            limits=limits,
            score=score,
            gap=gap(score, bounds[plain["instance_sha256"]][0]),
            crash_rate=crash_rate,
            delay=delay,
        )


def _seeds(rows: pd.DataFrame) -> list[str]:
    """Of each row, the seed of its training, and its own where the rows have several."""
    several = rows["seed"].nunique() > 1
    texts = []
    for training, seed in zip(rows["training_seed"].tolist(), rows["seed"].tolist()):
        parts = [f"training {training:.0f}"] if training == training else []
        parts += [f"seed {seed}"] if several else []
        texts.append(", ".join(parts))
    return texts


def _limits(rows: pd.DataFrame) -> list[str]:
    """Of each row, its limits in words; nothing where all rows have the same."""
    if len(rows[LIMITS].drop_duplicates()) == 1:
        return [""] * len(rows)
    return [
        f"{formats.duration(seconds)}, {formats.memory(megabytes)}, {formats.count(int(threads), 'thread')}"
        for seconds, megabytes, threads in zip(*(rows[name].tolist() for name in LIMITS))
    ]


def _values(rows: pd.DataFrame, metric: Metric | None, scored: pd.Series) -> list[float]:
    """A metric of each row, NaN where it has none."""
    name = f"metric.{metric.name}" if metric else ""
    if name not in rows:
        return [math.nan] * len(rows)
    values: list[float] = rows[name].astype(float).where(scored).tolist()
    return values
