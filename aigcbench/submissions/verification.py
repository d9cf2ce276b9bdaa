"""Holds a submission's claims against the checker: nothing is believed that can be computed.

Instances are drawn anew from scenario and seed, scores are computed anew from the decisions. Nothing that came with the
submission is executed here; see `replay` for that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from aigcbench.best_known import BestKnown
from aigcbench.errors import InputError, InvalidDecisions
from aigcbench.frozen import instances_folder
from aigcbench.harness.cell import Status
from aigcbench.instance import Instance
from aigcbench.problems.problem import Bound, problem_of, score
from aigcbench.report.judging import BOUND_TOLERANCE
from aigcbench.scenario import scenario_named, scenario_names
from aigcbench.score import Score, primary_metric
from aigcbench.submissions.bounds import PublishedBound
from aigcbench.submissions.completeness import gaps
from aigcbench.submissions.declarations import Declarations
from aigcbench.submissions.finding import Finding
from aigcbench.submissions.row import Row, describe
from aigcbench.submissions.submission import Submission

SCORE_TOLERANCE = 1e-9
"""Relative: another processor may round the last bits of a mean differently."""
LATE_SECONDS = 0.5
"""By which a finished run may overrun its limit: the harness polls."""
STOPPED = (Status.TIMEOUT, Status.MEMORY)
"""A planner stopped there is scored by its last incumbent."""


@dataclass(frozen=True)
class Verified:
    """A row with what was computed for it: its instance, its decisions and their score, None where it has none."""

    row: Row
    instance: Instance
    decisions: Mapping[str, np.ndarray] | None
    score: Score | None


class Verification:
    """Goes through a submission once; what does not hold is found in `findings` when `rows` is through.

    Parameters
    ----------
    submission
        What is claimed.
    declarations
        What its solvers declare.
    published
        Published bounds by sha256 of their instance; those of the best known decisions are held against it as well.
    """

    def __init__(
        self, submission: Submission, declarations: Declarations, published: Mapping[str, PublishedBound]
    ) -> None:
        self._submission, self._declarations = submission, declarations
        self._published = {sha256: item.bound for sha256, item in published.items()}
        self._best_known = {
            sha256: record.bound for sha256, record in BestKnown(instances_folder()).load().items() if record.bound
        }
        plan = submission.metadata.plan
        self.findings = [
            Finding("plan", submission.metadata.name, line, "the whole plan") for line in gaps(submission.rows, plan)
        ]

    def rows(self) -> Iterator[Verified]:
        """Check every row; yield those whose decisions could be scored or that rightly have none."""
        for row, decisions in self._submission.decided():
            instance = instance_of(row["scenario"], row["instance_seed"])
            if row["instance_sha256"] != instance.sha256:
                self._find(
                    "instance", row, f"sha256 {row['instance_sha256'][:12]}...", f"{instance.sha256[:12]}... as drawn"
                )
                continue
            for finding in self._declarations.findings(row, instance):
                self.findings.append(finding)
            self._check_limits(row)
            computed = self._score(row, instance, decisions)
            if computed is not None:
                self._check_score(row, computed)
                self._check_bounds(row, instance, computed)
            yield Verified(row, instance, decisions, computed)

    def _find(self, claim: str, row: Row, wrong: str, expected: str) -> None:
        self.findings.append(Finding(claim, describe(row), wrong, expected))

    def _score(self, row: Row, instance: Instance, decisions: Mapping[str, np.ndarray] | None) -> Score | None:
        """The checker's score, None where there is none; whether the status says the same."""
        status, fault, computed = Status(row["status"]), "", None
        if decisions is not None:
            try:
                computed = score(instance, decisions)
            except InvalidDecisions as error:
                fault = f"{error.constraint}: {error}"
        if status is Status.OK and computed is None:
            self._find("status", row, f"ok, {f'but {fault}' if fault else 'without decisions'}", "legal decisions")
        elif status in STOPPED and decisions is not None:
            if row["information"] != "clairvoyant":
                self._find("status", row, f"{status} with decisions", "none of a policy that was stopped")
            elif fault:
                self._find("status", row, f"{status} with illegal decisions: {fault}", "legal decisions or none")
        elif status is Status.INVALID and computed is not None:
            self._find("status", row, "invalid, but the decisions are legal", "ok")
        elif status not in (Status.OK, *STOPPED, Status.INVALID) and decisions is not None:
            self._find("status", row, f"{status} with decisions", "none")
        if computed is None and row["metrics"] is not None:
            self._find("score", row, "a score without legal decisions", "none")
        return computed

    def _check_score(self, row: Row, computed: Score) -> None:
        claimed = row["metrics"]
        if claimed is None or set(claimed) != set(computed):
            self._find("score", row, "missing or unknown metrics", ", ".join(computed))
            return
        for name in computed:
            if not math.isclose(claimed[name], computed[name], rel_tol=SCORE_TOLERANCE, abs_tol=SCORE_TOLERANCE):
                self._find("score", row, f"{name} {claimed[name]!r}", f"{computed[name]!r} as the checker computes it")
                return

    def _check_bounds(self, row: Row, instance: Instance, computed: Score) -> None:
        primary = primary_metric(problem_of(instance).metrics)
        sign = 1.0 if primary.direction == "up" else -1.0
        for bounds in (self._published, self._best_known):
            bound: Bound | None = bounds.get(instance.sha256)
            if bound and sign * (computed.primary - bound.value) > BOUND_TOLERANCE * abs(bound.value):
                better = (
                    f"{primary.name} {computed.primary!r} is better than the bound {bound.value!r} by {bound.method}"
                )
                self._find("bound", row, better, "no better than what was proven")

    def _check_limits(self, row: Row) -> None:
        limits, finished = self._submission.metadata.plan.limits, row["status"] == Status.OK
        if finished and row["wall_seconds"] > limits.wall_seconds + LATE_SECONDS:
            self._find(
                "limits", row, f"ok after {row['wall_seconds']:.1f} s", f"a limit of {limits.wall_seconds:g} s kept"
            )
        if finished and row["peak_memory_mb"] > limits.memory_mb:
            used = f"ok with {row['peak_memory_mb']:.0f} MB"
            self._find("limits", row, used, f"a limit of {limits.memory_mb:g} MB kept")


@lru_cache(maxsize=16)
def instance_of(scenario: str, seed: int) -> Instance:
    """A test instance, drawn anew; `InputError` for a scenario that is not in the catalogue."""
    if scenario not in scenario_names():
        raise InputError("scenario", f"'{scenario}' is not in the catalogue", "a name from 'aigcbench list scenarios'")
    return scenario_named(scenario).instance(seed)
