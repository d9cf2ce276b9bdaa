"""What result rows say about a claim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from aigcbench.problems.problem import problem_named
from aigcbench.report import statistics
from aigcbench.report.judging import SCORED_STATUSES, distinct
from aigcbench.report.reproduction.claim import Claim, Order, Value
from aigcbench.report.scores import by_training
from aigcbench.report.statistics import UNKNOWN, Estimate, PairedTest
from aigcbench.report.statistics.bootstrap import CONFIDENCE, RESAMPLES, percentile_interval, resampling_weights
from aigcbench.scenario import scenario_named

Rows = Mapping[tuple[str, str], pd.DataFrame]
"""Result rows by scenario and solver."""
SEED = 20240
"""Of every bootstrap, so that a report depends on its rows only."""
EPISODES = 1000
EPISODES_NEEDED = 10
"""Fewest episodes whose spread says anything about the best of so many."""
EXPECTED_BEST = 3.2414
"""Expected largest of `EPISODES` independent standard normal numbers."""


@dataclass(frozen=True)
class Measured:
    """Our side of a claim.

    Parameters
    ----------
    estimate
        The number with its 95 % interval; of an order, the mean of the differences per instance, positive where it holds.
    test
        Of an order; None of a number.
    instances, trainings
        What it rests on; a solver that is not trained has one training.
    failed
        Runs without legal decisions, which no number contains.
    """

    estimate: Estimate = UNKNOWN
    test: PairedTest | None = None
    instances: int = 0
    trainings: int = 0
    failed: int = 0


@dataclass(frozen=True)
class _Sample:
    """Scores of one solver: trainings x instances, the instances' sha256 and scenarios (instances,), failed runs."""

    values: np.ndarray
    instances: pd.Index
    strata: np.ndarray
    failed: int


def measure_value(value: Value, rows: Rows) -> Measured:
    """The number that a paper prints, from our rows."""
    sample = _sample(value, value.solver, rows)
    if value.statistic == "gain":
        return _gain(value, sample, _sample(value, value.against, rows))
    if not len(sample.instances):
        return Measured(failed=sample.failed)
    rng = np.random.default_rng(SEED)
    scaled = value.factor * sample.values
    if value.statistic == "mean":
        estimate = statistics.mean_over_trainings(scaled, rng, sample.strata)
    elif value.statistic == "best":
        estimate = _expected_best(scaled, _sign(value), rng)
    else:
        ends = np.nanquantile(scaled, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
        estimate = Estimate(float(np.nanmean(scaled)), *map(float, ends))
    return Measured(estimate, instances=len(sample.instances), trainings=len(scaled), failed=sample.failed)


def measure_order(order: Order, rows: Rows) -> Measured:
    """Whether one solver is better than another on the same instances."""
    first, second = _paired(_sample(order, order.solver, rows), _sample(order, order.against, rows))
    failed = first.failed + second.failed
    if not len(first.instances):
        return Measured(failed=failed)
    ours, theirs = _sign(order) * first.values, _sign(order) * second.values
    return Measured(
        estimate=statistics.mean_difference(ours, theirs, np.random.default_rng(SEED)),
        test=statistics.paired_test(ours, theirs),
        instances=len(first.instances),
        trainings=max(len(first.values), len(second.values)),
        failed=failed,
    )


def rows_by_solver(results: pd.DataFrame) -> Rows:
    """Distinct result rows by scenario and solver, whose label is without what it was trained on."""
    rows = distinct(results)
    names = rows["label"].astype(str).str.replace(r" from .*", "", regex=True)
    return {(str(scenario), str(name)): own for (scenario, name), own in rows.groupby(["scenario", names], sort=False)}


def _sample(claim: Claim, solver: str, rows: Rows) -> _Sample:
    found = [rows[scenario, solver] for scenario in claim.scenarios if (scenario, solver) in rows]
    if not found:
        return _Sample(np.full((1, 0), np.nan), pd.Index([]), np.empty(0, str), 0)
    own = pd.concat(found)
    column = claim.metric if claim.metric in own else f"metric.{claim.metric}"
    may_score = own["status"].isin(SCORED_STATUSES)
    scored = own[may_score & (own[column].notna() if column in own else False)]
    scored = scored.sort_values("instance_sha256", kind="stable")
    scenarios = scored.drop_duplicates("instance_sha256").set_index("instance_sha256")["scenario"]
    values = by_training(scored, scored[column].to_numpy(float) if len(scored) else np.empty(0), scenarios.index)
    failed = int((~may_score & (own["status"] != "skipped")).sum())
    return _Sample(values, scenarios.index, scenarios.to_numpy(str), failed)


def direction_of(claim: Claim) -> float:
    """1 where a higher number is better, else -1; columns that are no metric of the formulation are costs."""
    return 1.0 if isinstance(claim, Value) and claim.statistic == "gain" else _sign(claim)


def _sign(claim: Claim) -> float:
    """1 where more of the metric is good."""
    metrics = problem_named(scenario_named(claim.scenarios[0]).formulation).metrics
    return 1.0 if any(metric.name == claim.metric and metric.direction == "up" for metric in metrics) else -1.0


def _paired(first: _Sample, second: _Sample) -> tuple[_Sample, _Sample]:
    """Both on the instances that both have."""
    common = first.instances.intersection(second.instances, sort=True)

    def only(sample: _Sample) -> _Sample:
        places = sample.instances.get_indexer(common)
        return _Sample(sample.values[:, places], common, sample.strata[places], sample.failed)

    return only(first), only(second)


def _gain(value: Value, ours: _Sample, theirs: _Sample) -> Measured:
    """By how many per cent the mean is better, instances and trainings resampled."""
    ours, theirs = _paired(ours, theirs)
    failed = ours.failed + theirs.failed
    if not len(ours.instances):
        return Measured(failed=failed)
    rng = np.random.default_rng(SEED)
    sign = _sign(value)
    of_instance = resampling_weights(len(ours.instances), rng)
    means = []
    for sample in (ours, theirs):
        of_training = resampling_weights(len(sample.values), rng)
        resampled = np.einsum("rt,ri,ti->r", of_training, of_instance, sample.values, optimize=True)
        means.append(np.concatenate([[sample.values.mean()], resampled]))
    with np.errstate(divide="ignore", invalid="ignore"):
        gains = 100.0 * sign * (means[0] / means[1] - 1.0)
    trainings = max(len(ours.values), len(theirs.values))
    estimate = Estimate(float(gains[0]), np.nan, np.nan)
    if len(ours.instances) > 1 and np.isfinite(gains).all():
        estimate = percentile_interval(float(gains[0]), gains[1:])
    return Measured(estimate, instances=len(ours.instances), trainings=trainings, failed=failed)


def _expected_best(values: np.ndarray, sign: float, rng: np.random.Generator) -> Estimate:
    """Expected best of `EPISODES` episodes of a training (trainings x episodes), averaged over trainings; episodes are resampled."""
    values = values[:, ~np.isnan(values).any(axis=0)]
    episodes = values.shape[1]
    if episodes < EPISODES_NEEDED:
        return UNKNOWN
    drawn = values[:, rng.integers(episodes, size=(RESAMPLES, episodes))]
    value, resampled = (
        (sample.mean(axis=-1) + sign * EXPECTED_BEST * sample.std(axis=-1, ddof=1)).mean(axis=0)
        for sample in (values, drawn)
    )
    return percentile_interval(float(value), resampled)
