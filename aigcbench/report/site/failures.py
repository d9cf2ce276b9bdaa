"""Runs that did not end well, alike ones together, and what went wrong in legal decisions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from aigcbench.problems.incident import Incident
from aigcbench.report.judging import SCORED_STATUSES
from aigcbench.report.site.runs import Run
from aigcbench.report.site.schedules import Schedules


@dataclass(frozen=True)
class Failure:
    """Runs of one solver on one scenario that ended alike, other than well.

    Parameters
    ----------
    solver, label
        The solver, and with its non-default parameters.
    scored
        Whether the decisions until then were legal, and count.
    example, example_sha256
        The first instance on which it happened.
    detail
        What happened; of illegal decisions the broken rule, the place and the amount.
    """

    scenario: str
    solver: str
    label: str
    status: str
    runs: int
    scored: bool
    example: str
    example_sha256: str
    detail: str


def failures_of(results: pd.DataFrame) -> list[Failure]:
    """All kinds of failures in result rows, by scenario and label."""
    failed = results[results["status"] != "ok"]
    metrics = [name for name in results.columns if name.startswith("metric.")]
    failed = failed.assign(
        detail=failed["detail"].fillna("").astype(str),
        scored=failed["status"].isin(SCORED_STATUSES) & failed[metrics].notna().any(axis=1),
    ).sort_values(["instance", "instance_sha256"], kind="stable")
    keys = ["scenario", "solver", "label", "status", "detail", "scored"]
    return [
        Failure(
            scenario=str(scenario),
            solver=str(solver),
            label=str(label),
            status=str(status),
            runs=len(rows),
            scored=bool(scored),
            example=str(rows["instance"].iloc[0]),
            example_sha256=str(rows["instance_sha256"].iloc[0]),
            detail=str(detail),
        )
        for (scenario, solver, label, status, detail, scored), rows in failed.groupby(keys, sort=True)
    ]


@dataclass(frozen=True)
class Trouble:
    """What went wrong in the decisions of a run."""

    run: Run
    incident: Incident


def troubles_of(runs: Iterable[Run], schedules: Schedules) -> list[Trouble]:
    """What went wrong on the first instance of each scenario that a solver (with its parameters) has legal decisions for.

    Parameters
    ----------
    runs
        Of one solver, by scenario and instance.
    """
    first: dict[tuple[str, str], Run] = {}
    for run in runs:
        if run.scored:
            first.setdefault((run.scenario, run.label), run)
    return [
        Trouble(run, incident)
        for run in first.values()
        for incident in schedules.incidents(run.instance_sha256, run.key)
    ]
