"""Boards: one per scenario, limits and information class; classes and limits are never mixed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from aigcbench.problems.problem import problem_named
from aigcbench.report import statistics
from aigcbench.report.anytime import primal_integrals
from aigcbench.report.board import Board, Standing
from aigcbench.report.judging import LIMITS, Headline, distinct, headline_of, judge, passes_bound
from aigcbench.report.scores import over_trainings
from aigcbench.report.standings import SEED, Entry, standing_of
from aigcbench.report.statistics import UNKNOWN, Estimate
from aigcbench.solver import INFORMATION

__all__ = ["LIMITS", "Board", "Standing", "boards_of"]


def boards_of(results: pd.DataFrame, incumbents: Mapping[str, np.ndarray] | None = None) -> tuple[Board, ...]:
    """Aggregate result rows, one per finished cell, in order of formulation, scenario, limits and information class.

    Of several rows with the same instance, solver label, seeds and limits the last one counts.

    Parameters
    ----------
    results
        As the store gives them.
    incumbents
        Anytime curves by the key of their row (points x 2: seconds, primary score), as the store gives them; without them
        nothing is said about primal integrals.
    """
    return tuple(
        board
        for (formulation, _), rows in results.groupby(["formulation", "scenario"], sort=True)
        for board in _scenario_boards(rows, headline_of(problem_named(str(formulation))), incumbents or {})
    )


def _scenario_boards(rows: pd.DataFrame, headline: Headline, incumbents: Mapping[str, np.ndarray]) -> Iterator[Board]:
    cells = distinct(rows)
    judged = judge(cells[cells["status"] != "skipped"], headline)
    for _, alike in cells.groupby(LIMITS, sort=True):
        for information in INFORMATION:
            all_rows = alike[alike["information"] == information]
            if len(all_rows):
                yield _board(all_rows, judged.loc[judged.index.intersection(all_rows.index)], headline, incumbents)


def _board(
    all_rows: pd.DataFrame, ran: pd.DataFrame, headline: Headline, incumbents: Mapping[str, np.ndarray]
) -> Board:
    """One board from its rows: all of them, and those that ran, judged."""
    head = all_rows.iloc[0]
    instances = ran.drop_duplicates("instance_sha256").set_index("instance_sha256").sort_index()
    runs = dict(tuple(ran.groupby("label")))
    entries = {
        str(label): Entry.of(rows, runs.get(label, ran.iloc[:0]), instances.index)
        for label, rows in all_rows.groupby("label", sort=True)
    }
    complete = [entry for entry in entries.values() if entry.complete]
    solved = [entry.solved(instances.index) for entry in complete]
    common = statistics.common_instances(np.array(solved, bool).reshape(len(solved), len(instances)))
    integrals = primal_integrals(ran, incumbents, headline, float(head["wall_limit_s"]))
    by_instance = ran.groupby(["label", "instance_sha256"])[["crash_rate", "delay", "tail_delay"]].mean()
    means = by_instance.groupby("label").mean().reindex(list(entries)).to_dict("index")
    standings = [standing_of(entry, instances, common, integrals, means[label]) for label, entry in entries.items()]
    standings.sort(key=lambda s: (s.instances < len(instances), *_best_first(headline.sign * s.primary.value), s.label))
    ranked = [headline.sign * entries[s.label].values for s in standings if entries[s.label].complete]
    needed = statistics.instances_needed(len(ranked))
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
        common=int(common.sum()),
        bound=float(instances["bound"].mean(skipna=False)),
        reference=float(instances["reference"].mean(skipna=False)),
        best_known=float(instances["best_known"].mean(skipna=False)),
        bound_methods=tuple(sorted(set(instances["bound_method"]) - {""})),
        instances_needed=needed,
        lead=_lead(ranked),
        passed_bounds=int(passes_bound(ran, headline).sum()),
        standings=_with_ranks(standings, ranked, tested=len(instances) >= needed),
    )


def _best_first(oriented_mean: float) -> tuple[bool, float]:
    """Sort key: the highest first, unknown last."""
    return np.isnan(oriented_mean), -np.nan_to_num(oriented_mean)


def _lead(ranked: Sequence[np.ndarray]) -> Estimate:
    """By how much the first is better than the second; each trainings x instances, higher is better."""
    if len(ranked) < 2:
        return UNKNOWN
    shared = statistics.shared_variance(ranked)
    return statistics.mean_difference(ranked[0], ranked[1], np.random.default_rng(SEED), shared)


def _with_ranks(standings: Sequence[Standing], ranked: Sequence[np.ndarray], tested: bool) -> tuple[Standing, ...]:
    """Fill in what depends on the others for the first standings, whose scores (trainings x instances) are given.

    Scores are such that higher is better.
    """
    if not ranked:
        return tuple(standings)
    means = np.array([over_trainings(values).mean() for values in ranked])
    tiers: list[int | None] = [*statistics.rank_tiers(ranked)] if tested else [None] * len(ranked)
    placed = []
    for standing, values, other, mean, tier in zip(standings, ranked, [*ranked[1:], None], means, tiers):
        position = 1 + int(np.sum(means > mean + statistics.ROUNDING * np.abs(mean)))
        improvement = UNKNOWN
        if other is not None:
            improvement = statistics.probability_of_improvement(values, other, np.random.default_rng(SEED))
        placed.append(replace(standing, position=position, tier=tier, improvement=improvement))
    return (*placed, *standings[len(ranked) :])
