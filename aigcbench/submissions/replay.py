"""Re-runs a submission's policies in the isolated worker, where no instance ever comes, and compares their decisions bit by bit.

Decisions that the policy's file does not give again were not taken by it, or were taken knowing more than its class may.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import inf
from pathlib import Path

import numpy as np

from aigcbench.card import SolverCard
from aigcbench.checkpoint import Checkpoint
from aigcbench.errors import InputError
from aigcbench.harness.cell import Cell, Outcome
from aigcbench.harness.checkpoints import Checkpoints
from aigcbench.harness.nursery import Nursery
from aigcbench.harness.supervisor import COMPILED_FROM, run_cell
from aigcbench.instance import Instance
from aigcbench.problems.problem import problem_of
from aigcbench.submissions.declarations import Declarations
from aigcbench.submissions.finding import Finding
from aigcbench.submissions.inspection import ways_around
from aigcbench.submissions.row import Row, describe, trained_on
from aigcbench.submissions.submission import Submission

PATIENCE = 5.0
"""Times the wall limit that a re-run may take: the machine may be slower, and decisions do not depend on it."""
STEP_SECONDS = 1e-3
"""More of it for each request of an instance on which the policy may have run compiled: here it decides step by step."""


class Replay:
    """Re-runs rows of one submission.

    Parameters
    ----------
    submission, declarations
        What is claimed, and the cards of its solvers.
    nursery
        Where the workers are forked.
    strict
        Whether a policy that cannot be re-run is refused.
    """

    def __init__(self, submission: Submission, declarations: Declarations, nursery: Nursery, strict: bool) -> None:
        self._declarations, self._nursery, self._strict = declarations, nursery, strict
        limits = submission.metadata.plan.limits
        self.limits = replace(limits, wall_seconds=PATIENCE * limits.wall_seconds)
        own = submission.folder.checkpoints()
        self._checkpoints = Checkpoints(
            own if any("checkpoints/" in place for place in submission.folder.files) else None
        )
        self._inspected: set[str] = set()
        self.count = 0

    def findings(self, row: Row, instance: Instance, decisions: Mapping[str, np.ndarray] | None) -> list[Finding]:
        """What is wrong with a row's claim to be a policy's decisions; nothing to find where it has none or is a planner's."""
        if row["information"] == "clairvoyant" or decisions is None:
            return []
        card, where = self._declarations.card(row["solver"]), describe(row)
        if card is None or card.information == "clairvoyant":
            unknown = Finding(
                "information", where, f"no file of the policy {row['solver']}", "it in solvers/, to re-run it"
            )
            return [unknown] if self._strict else []
        found = self._inspect(card)
        if self._declarations.is_own(card.name) and card.source_sha256 != row["source_sha256"]:
            found.append(Finding("information", where, "decided by another solver file", "the file that came along"))
        cell = self.cell(row, instance)
        if isinstance(cell, Finding):
            return [*found, cell]
        outcome = self.run(cell, instance)
        self.count += 1
        if outcome.decisions is None:
            reason = (
                f"the policy does not decide again ({outcome.status}{f': {outcome.detail}' if outcome.detail else ''})"
            )
            return [*found, Finding("information", where, reason, "the same decisions")]
        if different := _first_difference(outcome.decisions, decisions):
            return [
                *found,
                Finding("information", where, f"the policy decides otherwise: {different}", "the same decisions"),
            ]
        return found

    def run(self, cell: Cell, instance: Instance) -> Outcome:
        """Run a policy where it can know only what its class may: step by step, and every agent in a process of its own.

        No compiled form runs, whatever the size of the instance, as it would run where the instance is.
        """
        requests = problem_of(instance).n_requests(instance)
        if requests >= COMPILED_FROM:
            seconds = cell.limits.wall_seconds + STEP_SECONDS * requests
            cell = replace(cell, limits=replace(cell.limits, wall_seconds=seconds))
        return run_cell(self._nursery, cell, instance, compiled_from=inf, apart=True)

    def _inspect(self, card: SolverCard) -> list[Finding]:
        """Ways around its information class in the file of a policy that came along, told once."""
        if not self._declarations.is_own(card.name) or card.location in self._inspected:
            return []
        self._inspected.add(card.location)
        path = Path(card.location)
        expected = "a policy that decides by its observations"
        return [Finding("information", f"solvers/{path.name}", way, expected) for way in ways_around(path)]

    def runs_own(self, row: Row) -> bool:
        """Whether a row is that of a policy whose file came along."""
        return self._declarations.is_own(row["solver"]) and row["information"] != "clairvoyant"

    def cell(self, row: Row, instance: Instance) -> Cell | Finding:
        """A row's policy on an instance, with the checkpoint that it says to have decided with."""
        card = self._declarations.card(row["solver"])
        if card is None:
            return Finding("information", describe(row), f"no file of the policy {row['solver']}", "it in solvers/")
        training: dict[str, object] = {}
        if card.kind == "learner":
            source = trained_on(row)
            seed = int(row["training_seed"] or 0)
            found = self._checkpoints.find(card, row["parameters"], source or instance.scenario, seed)
            if not isinstance(found, Checkpoint):
                return Finding("information", describe(row), found.detail, "the checkpoint that it decides with")
            if found.sha256 != row["checkpoint_sha256"]:
                wrong = f"checkpoint {str(row['checkpoint_sha256'])[:12]}..."
                return Finding("information", describe(row), wrong, f"{found.sha256[:12]}..., the one that there is")
            training = {"training_seed": seed, "checkpoint": found, "trained_on": source}
        try:
            return Cell.of(card, row["parameters"], instance, row["seed"], self.limits, **training)
        except InputError as error:
            return Finding("solver", describe(row), error.wrong, error.expected)


def _first_difference(ours: Mapping[str, np.ndarray], claimed: Mapping[str, np.ndarray]) -> str:
    """Where two decisions differ in a bit; ``""`` where they do not."""
    for name, array in ours.items():
        other = claimed.get(name)
        if other is None or other.shape != array.shape:
            return f"{name} of another shape"
        same = array.view(np.int64) == other.astype(array.dtype).view(np.int64)
        if not same.all():
            place = np.unravel_index(int((~same).argmax()), same.shape)
            index = ", ".join(str(int(number)) for number in place)
            return f"{name}[{index}] is {array[place]:.12g}, not {other[place]:.12g}; {int((~same).sum())} of {same.size} differ"
    return ""
