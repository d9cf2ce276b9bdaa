"""What each result row counts: failures as the worst, every instance held against its bound and the reference solver."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from aigcbench.problems.problem import Problem
from aigcbench.score import Metric, headline_metric, primary_metric

SCORED_STATUSES = ("ok", "timeout", "memory")
"""Statuses that may carry a score: a run stopped at a limit is judged by its last incumbent."""
LIMITS = ["wall_limit_s", "memory_limit_mb", "threads"]
IDENTITY = ["scenario", "instance_sha256", "information", "label", "training_seed", "seed", *LIMITS]
"""What tells one cell from another; of several rows that agree in it the last one counts."""
BOUND_TOLERANCE = 1e-6
"""Relative amount by which a score may pass its bound before somebody has to look."""


@dataclass(frozen=True)
class Headline:
    """The metrics of a formulation that fill the shared columns; None where it has no such metric.

    ``reference_solver`` is the one whose score is the zero of the normalised score.
    """

    primary: Metric
    delay: Metric | None
    tail_delay: Metric | None
    crash_rate: Metric | None
    reference_solver: str

    @property
    def sign(self) -> float:
        """1 where a higher primary score is better, else -1."""
        return 1.0 if self.primary.direction == "up" else -1.0


def headline_of(problem: Problem) -> Headline:
    """Pick the headline metrics; the tail of a delay ``mean_x`` is the metric named ``p95_x``."""
    metrics = problem.metrics
    primary, delay = primary_metric(metrics), headline_metric(metrics, "delay")
    tail_name = "p95_" + (delay or primary).name.removeprefix("mean_")
    tail = next((metric for metric in metrics if metric.name == tail_name), None)
    return Headline(primary, delay, tail, headline_metric(metrics, "crash rate"), problem.reference_solver)


def distinct(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per cell, the last one."""
    return rows.drop_duplicates(IDENTITY, keep="last").reset_index(drop=True)


def judge(cells: pd.DataFrame, headline: Headline) -> pd.DataFrame:
    """Give each row of one scenario its counted score.

    Parameters
    ----------
    cells
        Result rows of one scenario, `skipped` ones left out.

    Returns
    -------
    The rows with these columns added: ``scored`` (it delivered legal decisions), ``primary`` (a row without a score
    counts as the worst), ``delay`` and ``tail_delay`` (NaN without a score), ``crash_rate`` (1 without a score),
    ``bound`` and ``bound_method`` (the tightest that any row of the instance knows), ``reference`` (mean score of the
    reference solver on the instance, NaN where unknown) and ``best_known`` (the best score of any row of the instance,
    NaN where there is none).
    """
    judged = cells.copy()
    judged["primary"] = _column(cells, headline.primary)
    judged["scored"] = judged["primary"].notna() & judged["status"].isin(SCORED_STATUSES)
    judged["delay"] = _column(cells, headline.delay).where(judged["scored"])
    judged["tail_delay"] = _column(cells, headline.tail_delay).where(judged["scored"])
    crash_rate = _column(cells, headline.crash_rate)
    judged["crash_rate"] = crash_rate.where(judged["scored"], 1.0) if headline.crash_rate else crash_rate
    references = _references(judged, headline)
    judged = judged.drop(columns=["bound", "bound_method"]).join(references, on="instance_sha256")
    judged["primary"] = judged["primary"].where(judged["scored"], judged["worst"])
    return judged


def passes_bound(judged: pd.DataFrame, headline: Headline) -> pd.Series:
    """Mark the rows whose score is better than the proven bound allows: the bound or the checker is wrong there."""
    excess = headline.sign * (judged["primary"] - judged["bound"])
    return judged["scored"] & (excess > BOUND_TOLERANCE * judged["bound"].abs())


def _column(cells: pd.DataFrame, metric: Metric | None) -> pd.Series:
    """A metric's column as floats, NaN where the table or the formulation has none."""
    name = f"metric.{metric.name}" if metric else ""
    if name not in cells:
        return pd.Series(np.nan, index=cells.index)
    return cells[name].astype(float)


def _references(judged: pd.DataFrame, headline: Headline) -> pd.DataFrame:
    """Per instance: the tightest bound and its method, the reference solver's mean, the best and the worst score."""
    instance, up = judged["instance_sha256"], headline.sign > 0
    known = judged.dropna(subset=["bound"]).sort_values(["bound", "bound_method"], ascending=[up, True], kind="stable")
    tightest = known.drop_duplicates("instance_sha256").set_index("instance_sha256")
    scores = judged["primary"].where(judged["scored"])
    by_instance = scores.groupby(instance, sort=True)
    lowest, highest = by_instance.min(), by_instance.max()
    bound = tightest["bound"].reindex(lowest.index)
    return pd.DataFrame(
        {
            "bound": bound,
            "bound_method": tightest["bound_method"].reindex(lowest.index).fillna(""),
            "reference": scores.where(judged["solver"] == headline.reference_solver).groupby(instance).mean(),
            "best_known": highest if up else lowest,
            "worst": _worst(lowest, highest, bound, up),
        }
    )


def _worst(lowest: pd.Series, highest: pd.Series, bound: pd.Series, up: bool) -> pd.Series:
    """What a failure counts on each instance, so that it never beats a finished run, and that it doesn't pay to fail.

    If it counted the worst finished score, the worst of all solvers would gain by failing, since it would then get the score of the
    second worst. So it is the worst score moved on by its distance from the best one, which is better only for a solver
    that would be further behind the second worst than that one is behind the best.

    Where up is good: 0, a gap of 1, or where some score is negative, the lowest moved on. Where down is good: twice the
    bound, again a gap of 1, or the largest score moved on, whichever is larger; NaN where neither is known.
    """
    spread = highest - lowest
    if up:
        return (lowest - spread).where(lowest < 0.0, 0.0)
    return (highest + spread).combine(2.0 * bound, np.fmax)
