"""One solver's averages on a board."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from aigcbench.report import statistics
from aigcbench.report.board import Standing
from aigcbench.report.scores import by_training, instances_run, over_trainings
from aigcbench.report.statistics import UNKNOWN, Estimate
from aigcbench.report.statistics.anytime import relative_gap

SEED = 20240
"""Of every bootstrap, so that a table depends on its rows only."""


@dataclass(frozen=True)
class Entry:
    """The runs of one solver on a board.

    Parameters
    ----------
    rows, ran
        All its result rows, and those that ran, judged.
    values
        Primary scores, trainings x instances of the board; NaN where it did not run.
    """

    rows: pd.DataFrame
    ran: pd.DataFrame
    values: np.ndarray

    @classmethod
    def of(cls, rows: pd.DataFrame, ran: pd.DataFrame, instances: pd.Index) -> Entry:
        """From the rows and the sha256 of the board's instances."""
        return cls(rows, ran, by_training(ran, ran["primary"].to_numpy(float), instances))

    @property
    def label(self) -> str:
        """The solver with its non-default parameters."""
        return str(self.rows["label"].iloc[0])

    @property
    def scores(self) -> np.ndarray:
        """Mean primary score per instance, NaN where it did not run."""
        return over_trainings(self.values)

    @property
    def complete(self) -> bool:
        """Whether every training ran every instance, with a score that counts."""
        return bool(len(self.ran)) and not np.isnan(self.values).any()

    def solved(self, instances: pd.Index) -> np.ndarray:
        """Per instance, whether all its runs delivered legal decisions."""
        failures = by_training(self.ran, (~self.ran["scored"]).to_numpy(float), instances)
        return over_trainings(failures) == 0.0


def standing_of(
    entry: Entry,
    instances: pd.DataFrame,
    common: np.ndarray,
    primal_integrals: pd.Series,
    means: Mapping[Hashable, float],
) -> Standing:
    """Averages of a solver; its place among the others comes later.

    Parameters
    ----------
    instances
        Reference points of the board's instances: ``bound`` and ``reference``, NaN where unknown.
    common
        Marks the instances that everybody solved, shape (n,).
    primal_integrals
        Of the board's runs, by the index of their row; NaN where nothing is known of the time before the end.
    means
        Of the solver's ``crash_rate``, ``delay`` and ``tail_delay``.
    """
    rows, ran, scores = entry.rows, entry.ran, entry.scores
    timed = bool(ran["timed"].any())
    times = ran[ran["timed"]] if timed else ran
    bounds, references = instances["bound"].to_numpy(float), instances["reference"].to_numpy(float)
    gaps = relative_gap(scores, bounds)
    return Standing(
        solver=str(rows["solver"].iloc[0]),
        label=entry.label,
        family=str(rows["family"].iloc[0]),
        position=None,
        tier=None,
        instances=instances_run(by_training(ran, np.zeros(len(ran)), instances.index)),
        runs=len(ran),
        scored=int(ran["scored"].sum()),
        statuses={str(status): int(n) for status, n in rows["status"].value_counts().sort_index().items()},
        primary=_primary(entry.values, scores),
        interquartile_mean=statistics.interquartile_mean_over_trainings(entry.values, _generator()),
        normalised=_normalised(scores, references, bounds),
        gap=_mean(gaps),
        geometric_gap=statistics.shifted_geometric_mean(gaps),
        common_gap=statistics.shifted_geometric_mean(gaps[common]),
        primal_integral=_mean(
            over_trainings(by_training(ran, primal_integrals[ran.index].to_numpy(), instances.index))
        ),
        improvement=UNKNOWN,
        crash_rate=float(means["crash_rate"]),
        delay=float(means["delay"]),
        tail_delay=float(means["tail_delay"]),
        decision_p50_s=float(times["decision_p50_s"].mean()),
        decision_p99_s=float(times["decision_p99_s"].mean()),
        wall_seconds=float(times["wall_seconds"].mean()),
        peak_memory_mb=float(ran["peak_memory_mb"].max()),
        training_cpu_seconds=float(ran["training_cpu_seconds"].mean()),
        trainings=ran["training_seed"].nunique(),
        versions=_versions(ran),
        timed=timed,
    )


def _versions(ran: pd.DataFrame) -> int:
    """Most sources, or weights of one training, among the runs; a solver that changes keeps its name and its old rows."""
    weights = ran.groupby("training_seed")["checkpoint_sha256"].nunique()
    return int(max([ran["source_sha256"].nunique(), *weights]))


def _primary(values: np.ndarray, scores: np.ndarray) -> Estimate:
    """Mean primary score with its interval, which also tells of the luck of training where there are several trainings."""
    return replace(statistics.mean_over_trainings(values, _generator()), value=_mean(scores))


def _normalised(scores: np.ndarray, references: np.ndarray, bounds: np.ndarray) -> float:
    """Where the mean lies between the reference solver's (0) and the bound (1), over the instances that know all three."""
    known = ~np.isnan([scores, references, bounds]).any(axis=0)
    if not known.any():
        return np.nan
    zero, one = references[known].mean(), bounds[known].mean()
    if abs(one - zero) <= statistics.ROUNDING * max(abs(one), abs(zero)):
        return np.nan
    return float((scores[known].mean() - zero) / (one - zero))


def _mean(values: np.ndarray) -> float:
    """Mean of the known values, NaN for none."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else np.nan


def _generator() -> np.random.Generator:
    return np.random.default_rng(SEED)
