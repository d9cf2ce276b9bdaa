"""Where checkpoints lie, shipped with the solvers and in folders of one's own, and which one belongs to a training.

Both have one layout: ``<scenario>/<label>-seed<k>.json`` with the ``.safetensors`` file beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from aigcbench.card import SolverCard
from aigcbench.checkpoint import Checkpoint, Training
from aigcbench.content import content_directory
from aigcbench.errors import InputError
from aigcbench.harness.cell import Status, Untrained
from aigcbench.solver import Budget
from aigcbench.tasks import task_named, training_of


def shipped_folder() -> Path:
    """The folder of checkpoints that come with the solvers."""
    return content_directory("solvers") / "checkpoints"


def checkpoint_paths(folder: Path) -> list[Path]:
    """The JSON files of all checkpoints below a folder."""
    return [path for path in sorted(folder.rglob("*.json")) if path.with_suffix(".safetensors").is_file()]


class Checkpoints:
    """Finds the checkpoint that a learner decides with.

    Parameters
    ----------
    folder
        Where to look before the shipped ones; None for nowhere.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._failed: dict[str, Untrained] = {}

    def find(
        self, card: SolverCard, parameters: Mapping[str, Any], scenario: str, seed: int, budget: Budget | None = None
    ) -> Checkpoint | Untrained:
        """The checkpoint of a learner for a scenario and a training seed, or why there is none.

        Parameters
        ----------
        scenario
            Name or ``.toml`` file.
        budget
            That it was trained with; None for any.
        """
        try:
            task = task_named(scenario)
        except InputError:
            return Untrained(Status.SKIPPED, f"no checkpoint of {card.name}: scenario {scenario} is not known here")
        training = training_of(card, parameters, task, seed, budget or Budget())
        if training.key in self._failed:
            return self._failed[training.key]
        reasons = []
        for checkpoint, reason in self._candidates(training, any_budget=budget is None):
            if not reason:
                return checkpoint
            reasons.append(reason)
        what = f"no checkpoint of {training.label} for {task.name}, training seed {seed}"
        why = f" ({'; '.join(reasons)})" if reasons else ""
        return Untrained(Status.SKIPPED, f"{what}{why}; 'aigcbench train' makes one")

    def has(self, training: Training) -> bool:
        """Whether there is a checkpoint of just this training."""
        return any(not reason for _, reason in self._candidates(training, any_budget=False))

    def note(self, training: Training, failure: Untrained) -> None:
        """Keep how a training failed, for those who ask for its checkpoint."""
        self._failed[training.key] = failure

    def _candidates(self, training: Training, any_budget: bool) -> Iterator[tuple[Checkpoint, str]]:
        """Checkpoints that lie where that of a training would, each with why it is another's; ``""`` where it is not."""
        for folder, own in ((self._folder, True), (shipped_folder(), False)):
            path = (folder or Path()) / training.task / f"{training.name}.json"
            if folder is not None and path.is_file():
                checkpoint = _load(path, path.stat().st_mtime_ns)
                yield checkpoint, _difference(checkpoint.training, training, any_budget, own)


@cache
def _load(path: Path, _modified: int) -> Checkpoint:
    return Checkpoint.load(path)


def _difference(found: Training, wanted: Training, any_budget: bool, own: bool) -> str:
    """Why a training is not the one that is asked for; ``""`` where it is.

    The source of a learner counts in a folder of one's own, where it changes while one works on it; what is shipped is held
    by the learner's version.
    """
    differences = [
        ("another solver", found.solver != wanted.solver),
        (f"version {found.version} of the solver", found.version != wanted.version),
        ("other parameters", dict(found.parameters) != dict(wanted.parameters)),
        ("another version of the scenario", found.task_sha256 != wanted.task_sha256),
        (f"training seed {found.seed}", found.seed != wanted.seed),
        (f"budget {found.budget_name}", not any_budget and found.budget != wanted.budget),
        ("another source file of the solver", own and found.source_sha256 != wanted.source_sha256),
    ]
    return next((f"there is one of {what}" for what, differs in differences if differs), "")
