"""Single runs and instances, as the pages of solvers and instances list them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from aigcbench.best_known import Record
from aigcbench.problems.problem import problem_named
from aigcbench.report import formats
from aigcbench.report.judging import LIMITS, SCORED_STATUSES, Headline, distinct, headline_of
from aigcbench.report.site import addresses
from aigcbench.score import Metric, gap
from aigcbench.solver import INFORMATION


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
        headline = headline_of(problem_named(str(formulation)))
        several_limits = len(of_scenario[LIMITS].drop_duplicates()) > 1
        several_seeds = of_scenario["seed"].nunique() > 1
        found = [
            _facts(own, str(formulation), headline, best_known.get(str(digest)), several_limits, several_seeds)
            for digest, own in of_scenario.groupby("instance_sha256", sort=True)
        ]
        facts += sorted(found, key=lambda instance: (addresses.natural(instance.name), instance.sha256))
    return facts


def _facts(
    rows: pd.DataFrame,
    formulation: str,
    headline: Headline,
    record: Record | None,
    several_limits: bool,
    several_seeds: bool,
) -> InstanceFacts:
    bounds = [
        (float(value), str(method)) for value, method in zip(rows["bound"], rows["bound_method"]) if value == value
    ]
    if record and record.bound:
        bounds.append((record.bound.value, record.bound.method))
    bound, method = min(bounds, key=lambda known: headline.sign * known[0], default=(math.nan, ""))
    runs = _runs(rows, headline, bound, several_limits, several_seeds)
    head = rows.iloc[0]
    return InstanceFacts(
        formulation=formulation,
        scenario=str(head["scenario"]),
        name=str(head["instance"]),
        sha256=str(head["instance_sha256"]),
        headline=headline,
        bound=bound,
        bound_method=method,
        record=record,
        runs=tuple(sorted(runs, key=lambda run: _best_first(run, headline))),
    )


def _best_first(run: Run, headline: Headline) -> tuple[float, int, str, str]:
    score = -headline.sign * run.score if run.scored else math.inf
    return score, INFORMATION.index(run.information), run.label, run.seeds


def _runs(rows: pd.DataFrame, headline: Headline, bound: float, several_limits: bool, several_seeds: bool) -> list[Run]:
    scored = rows["status"].isin(SCORED_STATUSES)
    scores, crashes, delays = (
        _values(rows, metric, scored) for metric in (headline.primary, headline.crash_rate, headline.delay)
    )
    runs = []
    for row, score, crash, delay in zip(rows.to_dict("records"), scores, crashes, delays):
        limits = (
            formats.duration(row["wall_limit_s"]),
            formats.memory(row["memory_limit_mb"]),
            formats.count(int(row["threads"]), "thread"),
        )
        seeds = [f"training {row['training_seed']:.0f}"] if row["training_seed"] == row["training_seed"] else []
        seeds += [f"seed {row['seed']}"] if several_seeds else []
        runs.append(
            Run(
                key=str(row["key"]),
                scenario=str(row["scenario"]),
                instance=str(row["instance"]),
                instance_sha256=str(row["instance_sha256"]),
                solver=str(row["solver"]),
                label=str(row["label"]),
                information=str(row["information"]),
                limits=", ".join(limits) if several_limits else "",
                seeds=", ".join(seeds),
                status=str(row["status"]),
                detail=row["detail"] if isinstance(row["detail"], str) else "",
                score=score,
                gap=gap(score, bound),
                crash_rate=crash,
                delay=delay,
                wall_seconds=float(row["wall_seconds"]),
                decision_p50_s=float(row["decision_p50_s"]),
                timed=bool(row["timed"]),
                verified=bool(row["verified"]),
            )
        )
    return runs


def _values(rows: pd.DataFrame, metric: Metric | None, scored: pd.Series) -> list[float]:
    """A metric of each row, NaN where it has none."""
    name = f"metric.{metric.name}" if metric else ""
    if name not in rows:
        return [math.nan] * len(rows)
    values: list[float] = rows[name].astype(float).where(scored).tolist()
    return values
