"""Standings: one per scenario, limits, information class and solver; classes and limits are never mixed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from aigcbench.problems.problem import problem_named
from aigcbench.report import statistics
from aigcbench.report.judging import Headline, headline_of, judge, passes_bound
from aigcbench.report.statistics import Estimate
from aigcbench.score import gap
from aigcbench.solver import INFORMATION

SEED = 20240
"""Of every bootstrap, so that a table depends on its rows only."""
LIMITS = ["wall_limit_s", "memory_limit_mb", "threads"]


@dataclass(frozen=True)
class Standing:
    """One solver on one board. Averages are over instances, seeds of an instance (of training too) first; NaN where unknown.

    Parameters
    ----------
    solver, label, family
        ``label`` is the solver with its non-default parameters.
    position
        Place by mean, from 1, equal means sharing it; None where instances are missing.
    tier
        Statistical tier, from 1; None where instances are missing or too few to tell solvers apart.
    instances
        Number of instances that it ran.
    runs, scored, statuses
        Number of runs, those that delivered legal decisions, and runs per status (skipped ones only here).
    primary
        Mean primary score with its interval; a run without a score counts as the worst.
    interquartile_mean
        Of the primary score.
    normalised
        0 = the reference solver's mean on the same instances, 1 = bound.
    gap, geometric_gap
        Mean and shifted geometric mean of the relative distance to the bound.
    crash_rate, delay, tail_delay
        Means of the formulation's headline metrics; a run without a score has crash rate 1 and no delay.
    decision_p50_s, decision_p99_s, wall_seconds, peak_memory_mb, training_cpu_seconds
        Means over runs (memory: the largest); decision latencies of planners are NaN.
    trainings
        Number of training seeds, 0 of a solver that is not trained.
    timed
        Whether the times were taken with nothing else running.
    """

    solver: str
    label: str
    family: str
    position: int | None
    tier: int | None
    instances: int
    runs: int
    scored: int
    statuses: dict[str, int]
    primary: Estimate
    interquartile_mean: float
    normalised: float
    gap: float
    geometric_gap: float
    crash_rate: float
    delay: float
    tail_delay: float
    decision_p50_s: float
    decision_p99_s: float
    wall_seconds: float
    peak_memory_mb: float
    training_cpu_seconds: float
    trainings: int
    timed: bool


@dataclass(frozen=True)
class Board:
    """The ranking of one information class on one scenario under one set of limits.

    Parameters
    ----------
    instances
        Number of instances that any of its solvers ran; a solver that ran fewer is listed last, unranked.
    bounded
        Instances with a known bound.
    bound, reference
        Mean bound and mean score of the reference solver over the instances, NaN unless known on all of them.
    bound_methods
        How the bounds were proven.
    instances_needed
        Instances from which this many solvers can be told apart; below, no tiers are given.
    lead
        By how much the first solver is better than the second per instance (positive is better), with its interval.
    passed_bounds
        Runs whose score is better than the bound allows: something is wrong there.
    standings
        Best first.
    """

    formulation: str
    scenario: str
    information: str
    wall_limit_s: float
    memory_limit_mb: float
    threads: int
    headline: Headline
    instances: int
    bounded: int
    bound: float
    reference: float
    bound_methods: tuple[str, ...]
    instances_needed: int
    lead: Estimate
    passed_bounds: int
    standings: tuple[Standing, ...]

    @property
    def leaders(self) -> tuple[Standing, ...]:
        """The solvers of the first tier, or the first by mean where there are no tiers."""
        return tuple(s for s in self.standings if s.tier == 1 or (s.tier is None and s.position == 1))


def boards_of(results: pd.DataFrame) -> tuple[Board, ...]:
    """Aggregate result rows, one per finished cell, in order of formulation, scenario, limits and information class.

    Of several rows with the same instance, solver label, seeds and limits the last one counts.
    """
    identity = ["scenario", "instance_sha256", "information", "label", "training_seed", "seed", *LIMITS]
    cells = results.drop_duplicates(identity, keep="last").reset_index(drop=True)
    return tuple(
        board
        for (formulation, _), rows in cells.groupby(["formulation", "scenario"], sort=True)
        for board in _scenario_boards(rows, headline_of(problem_named(str(formulation))))
    )


def _scenario_boards(cells: pd.DataFrame, headline: Headline) -> Iterator[Board]:
    judged = judge(cells[cells["status"] != "skipped"], headline)
    for _, rows in cells.groupby(LIMITS, sort=True):
        for information in INFORMATION:
            all_rows = rows[rows["information"] == information]
            ran = judged.loc[judged.index.intersection(all_rows.index)]
            if len(all_rows):
                yield _board(all_rows, ran, headline)


def _board(all_rows: pd.DataFrame, ran: pd.DataFrame, headline: Headline) -> Board:
    """One board from its rows: all of them, and those that ran, judged."""
    instances = ran.drop_duplicates("instance_sha256").set_index("instance_sha256").sort_index()
    scores = {
        str(label): rows.groupby("instance_sha256")["primary"].mean().reindex(instances.index).to_numpy()
        for label, rows in ran.groupby("label")
    }
    standings = [
        _standing(rows, ran[ran["label"] == label], scores.get(str(label), np.empty(0)), instances)
        for label, rows in all_rows.groupby("label", sort=True)
    ]
    standings.sort(key=lambda s: (s.instances < len(instances), *_best_first(headline.sign * s.primary.value), s.label))
    ranked = [s.label for s in standings if s.instances == len(instances) and not np.isnan(s.primary.value)]
    oriented = headline.sign * np.array([scores[label] for label in ranked]).reshape(len(ranked), len(instances))
    needed = statistics.instances_needed(len(ranked))
    head = all_rows.iloc[0]
    return Board(
        formulation=str(head["formulation"]),
        scenario=str(head["scenario"]),
        information=str(head["information"]),
        wall_limit_s=float(head["wall_limit_s"]),
        memory_limit_mb=float(head["memory_limit_mb"]),
        threads=int(head["threads"]),
        headline=headline,
        instances=len(instances),
        bounded=int(instances["bound"].notna().sum()),
        bound=float(instances["bound"].mean(skipna=False)),
        reference=float(instances["reference"].mean(skipna=False)),
        bound_methods=tuple(sorted(set(instances["bound_method"]) - {""})),
        instances_needed=needed,
        lead=_lead(oriented),
        passed_bounds=int(passes_bound(ran, headline).sum()),
        standings=_with_ranks(standings, oriented, tested=len(instances) >= needed),
    )


def _best_first(oriented_mean: float) -> tuple[bool, float]:
    """Sort key: the highest first, unknown last."""
    return np.isnan(oriented_mean), -np.nan_to_num(oriented_mean)


def _lead(oriented: np.ndarray) -> Estimate:
    if len(oriented) < 2:
        return Estimate(np.nan, np.nan, np.nan)
    differences = statistics.paired_differences(oriented[0], oriented[1])
    return statistics.mean_with_interval(differences, np.random.default_rng(SEED))


def _with_ranks(standings: list[Standing], oriented: np.ndarray, tested: bool) -> tuple[Standing, ...]:
    """Fill in position and tier of the first ``len(oriented)`` standings, whose scores (higher is better) are given."""
    means = np.nanmean(oriented, axis=1) if len(oriented) else np.empty(0)
    tiers: list[int | None] = [*statistics.rank_tiers(oriented)] if tested else [None] * len(oriented)
    tolerance = statistics.ROUNDING * np.abs(means)
    ranked = [
        replace(standing, position=1 + int(np.sum(means > mean + slack)), tier=tier)
        for standing, mean, slack, tier in zip(standings, means, tolerance, tiers)
    ]
    return (*ranked, *standings[len(ranked) :])


def _standing(rows: pd.DataFrame, ran: pd.DataFrame, scores: np.ndarray, instances: pd.DataFrame) -> Standing:
    """One solver's averages; its place among the others comes later.

    Parameters
    ----------
    rows, ran
        All its rows, and those that ran, judged.
    scores
        Mean primary score per instance of the board, NaN where it did not run; empty where it never ran.
    instances
        Reference points of the board's instances, in the order of ``scores``.
    """
    times = ran[ran["timed"].astype(bool)]
    timed = len(times) > 0
    times = times if timed else ran
    own = instances[~np.isnan(scores)] if len(scores) else instances.iloc[:0]
    own_scores = scores[~np.isnan(scores)]
    bounds, references = own["bound"].to_numpy(), own["reference"].to_numpy()
    gaps = np.array([gap(score, bound) for score, bound in zip(own_scores, bounds)])
    means = ran.groupby("instance_sha256")[["crash_rate", "delay", "tail_delay"]].mean().mean()
    return Standing(
        solver=str(rows["solver"].iloc[0]),
        label=str(rows["label"].iloc[0]),
        family=str(rows["family"].iloc[0]),
        position=None,
        tier=None,
        instances=ran["instance_sha256"].nunique(),
        runs=len(ran),
        scored=int(ran["scored"].sum()),
        statuses={str(status): int(n) for status, n in rows["status"].value_counts().sort_index().items()},
        primary=_primary(ran, own.index, own_scores),
        interquartile_mean=statistics.interquartile_mean(own_scores),
        normalised=_normalised(own_scores, references, bounds),
        gap=float(np.nanmean(gaps)) if not np.isnan(gaps).all() else np.nan,
        geometric_gap=statistics.shifted_geometric_mean(gaps),
        crash_rate=float(means["crash_rate"]),
        delay=float(means["delay"]),
        tail_delay=float(means["tail_delay"]),
        decision_p50_s=float(times["decision_p50_s"].mean()),
        decision_p99_s=float(times["decision_p99_s"].mean()),
        wall_seconds=float(times["wall_seconds"].mean()),
        peak_memory_mb=float(ran["peak_memory_mb"].max()),
        training_cpu_seconds=float(ran["training_cpu_seconds"].mean()),
        trainings=ran["training_seed"].nunique(),
        timed=timed,
    )


def _primary(ran: pd.DataFrame, instances: pd.Index, scores: np.ndarray) -> Estimate:
    """Mean primary score with its interval, which also tells of the luck of training where there are several trainings."""
    by_training = ran.pivot_table(index="training_seed", columns="instance_sha256", values="primary", aggfunc="mean")
    values = by_training.reindex(columns=instances).to_numpy() if len(by_training) else scores[None, :]
    estimate = statistics.mean_over_trainings(values, np.random.default_rng(SEED))
    return replace(estimate, value=float(np.mean(scores)) if len(scores) else np.nan)


def _normalised(scores: np.ndarray, references: np.ndarray, bounds: np.ndarray) -> float:
    """Where the mean lies between the reference solver's (0) and the bound (1), over the instances that know both."""
    known = ~(np.isnan(references) | np.isnan(bounds))
    if not known.any():
        return np.nan
    zero, one = references[known].mean(), bounds[known].mean()
    if abs(one - zero) <= statistics.ROUNDING * max(abs(one), abs(zero)):
        return np.nan
    return float((scores[known].mean() - zero) / (one - zero))
