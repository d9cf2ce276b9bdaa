"""From submissions to one store: verified rows with the scores that were computed here, whatever was claimed."""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from aigcbench.harness.databases.tables import COLUMNS
from aigcbench.harness.store import Store
from aigcbench.instance import dump_arrays
from aigcbench.submissions.bounds import PublishedBound
from aigcbench.submissions.finding import Finding
from aigcbench.submissions.row import FIELDS, describe, identity
from aigcbench.submissions.submission import Submission
from aigcbench.submissions.verification import Verified, instance_of

NUMBERS = ("decision_p50_s", "decision_p99_s")
"""That a store has as NaN where a submission has null."""


def add_verified(store: Store, submission: Submission, verified: Verified) -> None:
    """Write a verified row; its key depends on the submission's name and its place there, so that none can stand in for another."""
    row, limits = verified.row, submission.metadata.plan.limits
    place = [submission.metadata.name, *identity(row)]
    packed = None if verified.decisions is None else zlib.compress(dump_arrays(verified.decisions))
    known: dict[str, Any] = {name: row[name] for name in FIELDS if name in COLUMNS}
    known |= {name: math.nan for name in NUMBERS if row[name] is None}
    known |= {
        "key": hashlib.sha256(json.dumps(place).encode()).hexdigest(),
        "formulation": verified.instance.formulation,
        "instance": verified.instance.name,
        "parameters": json.dumps(row["parameters"], sort_keys=True),
        "wall_limit_s": limits.wall_seconds,
        "memory_limit_mb": limits.memory_mb,
        "threads": limits.threads,
        "metrics": json.dumps(dict(verified.score.metrics)) if verified.score else None,
        "decisions": packed,
        "anytime": json.dumps(row["anytime"]),
        "submission": submission.metadata.name,
        "environment": json.dumps(submission.metadata.environments[row["environment"]]),
    }
    store.add_row({name: known[name] for name in COLUMNS}, verified.instance)


def add_bounds(store: Store, bounds: Mapping[str, PublishedBound]) -> list[Finding]:
    """Write published bounds; those of other instances than they say are refused."""
    findings = []
    for sha256, published in bounds.items():
        scenario, _, seed = published.instance.rpartition("#")
        instance = instance_of(scenario, int(seed))
        if instance.sha256 == sha256:
            store.add_bound(instance, published.bound)
        else:
            findings.append(
                Finding("instance", f"bound of {published.instance}", sha256[:12], f"{instance.sha256[:12]}...")
            )
    return findings


def published_twice(submissions: Sequence[Submission]) -> list[Finding]:
    """Solvers that two submissions have rows of under the same limits on the same scenario: their rows would mix in one standing."""
    owners: dict[tuple[Any, ...], str] = {}
    findings = []
    for submission in submissions:
        name, limits = submission.metadata.name, submission.metadata.plan.limits
        standings = {(row["scenario"], row["information"], row["label"]): row for row in reversed(submission.rows)}
        for standing, row in sorted(standings.items()):
            owner = owners.setdefault((*standing, limits), name)
            if owner != name:
                where = f"{name}: {describe(row)}"
                findings.append(
                    Finding("twice", where, f"{row['label']} is in {owner} too", "a name of its own for each solver")
                )
    return findings
