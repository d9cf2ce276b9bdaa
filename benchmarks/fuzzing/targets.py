"""The loaders of everything that comes from outside, each as a function of the bytes of one file.

Where a loader reads several files, the others are sound: the bytes then get further.
"""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from aigcbench.checkpoint import Checkpoint, Spent, Training, weights_from_bytes
from aigcbench.content import content_directory
from aigcbench.decisions import DecisionsFile
from aigcbench.errors import InputError
from aigcbench.harness.driver import run_plan
from aigcbench.harness.plan import load_plan, parse_plan
from aigcbench.harness.store import Store
from aigcbench.instance import dump_arrays, parse_arrays
from aigcbench.problems.problem import load_instance
from aigcbench.scenario import load_scenario, scenario_named
from aigcbench.solver import BUDGETS
from aigcbench.submissions.folder import METADATA, ROWS
from aigcbench.submissions.submission import Submission
from aigcbench.submissions.writing import write_submission

FORMULATIONS = {
    "assignment": "assignment/asp-tiny",
    "offloading": "offloading/tiny",
    "caching": "caching/tiny",
    "flow": "flow/tiny",
}
DECISIONS = "decisions/assignment/asp-tiny.xz"
SUBMITTED = {
    "scenarios": ["assignment/asp-tiny"],
    "instances": 2,
    "solvers": ["random", "crash-avoid"],
    "bound_seconds": 0,
}


@dataclass(frozen=True)
class Target:
    """A loader.

    Parameters
    ----------
    form
        What its files are made of, as `hostile.mutate` has it.
    sound
        Files that it loads.
    load
        Reads the bytes of such a file.
    """

    form: str
    sound: tuple[bytes, ...]
    load: Callable[[bytes], object]


def taken(target: Target, data: bytes) -> bool:
    """Whether the loader took the bytes; refused is fine too, in one printable line. Anything else is raised on."""
    try:
        target.load(data)
    except InputError as error:
        line = str(error)
        if not line.isprintable() or not 0 < len(line) <= 400:
            raise AssertionError(f"not one short printable line: {line!r}") from error
        return False
    return True


class Targets:
    """All loaders, with files in a folder of their own.

    Parameters
    ----------
    folder
        An empty one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __getitem__(self, name: str) -> Target:
        target: Target = getattr(self, f"_{name.replace('-', '_')}")
        return target

    def _file(self, name: str, load: Callable[[Path], object]) -> Callable[[bytes], object]:
        """A loader of a path as one of bytes."""
        path = self._folder / name

        def load_bytes(data: bytes) -> object:
            path.write_bytes(data)
            return load(path)

        return load_bytes

    @cached_property
    def _instance(self) -> Target:
        sound = tuple(scenario_named(name).instance(0).to_bytes() for name in FORMULATIONS.values())
        return Target("json", sound, self._file("instance.json", load_instance))

    @cached_property
    def _packed_instance(self) -> Target:
        sound = tuple(gzip.compress(data, mtime=0) for data in self._instance.sound)
        return Target("bytes", sound, self._file("instance.json.gz", load_instance))

    @cached_property
    def _arrays(self) -> Target:
        arrays = {"service": np.arange(3), "share": np.array([[0.5, 1.0]]), "flag": np.array([True])}
        return Target("bytes", (dump_arrays(arrays),), parse_arrays)

    @cached_property
    def _scenario(self) -> Target:
        folder = content_directory("instances") / "scenarios"
        sound = tuple(path.read_bytes() for name in FORMULATIONS for path in sorted((folder / name).glob("*.toml")))
        return Target("toml", sound, self._file("scenario.toml", load_scenario))

    @cached_property
    def _plan(self) -> Target:
        sound = b"""schema = "aigcbench-plan/1"
summary = "A plan"
scenarios = ["assignment/asp-tiny", "caching/tiny"]
instances = [0, 1]
files = []
solvers = ["random", {name = "annealing", parameters = {iterations = 50}}, {name = "dqn", trained_on = "assignment/asp-tiny"}]
seeds = [0]
training_seeds = [0, 1]
bound_seconds = 1.0
limits = {wall_seconds = 60, memory_mb = 4000, threads = 1}
budget = {updates = 10}
"""
        return Target("toml", (sound,), self._file("plan.toml", lambda path: load_plan(str(path))))

    @cached_property
    def _decisions(self) -> Target:
        path = self._folder / "sound-decisions.json"
        arrays = {"cache": np.array([[1, 0]]), "steps": np.array([[[0.25, 0.75]]])}
        DecisionsFile("ab" * 32, "random", {"share": 0.5}, 3, arrays).save(path)
        return Target("json", (path.read_bytes(),), self._file("decisions.json", DecisionsFile.load))

    @cached_property
    def _sound_checkpoint(self) -> Checkpoint:
        training = Training(
            solver="linear-q",
            version=1,
            parameters={"rate": 0.5},
            source_sha256="ab",
            label="linear-q",
            task="assignment/asp-tiny",
            task_version=1,
            task_sha256="cd",
            seed=3,
            budget=BUDGETS["quick"],
        )
        weights = {
            "weight": np.arange(6, dtype=np.float32).reshape(2, 3),
            "mask": np.array([True]),
            "bias": np.array(0.5),
        }
        return Checkpoint(training, weights, Spent(640, 2, 0.5), -3.5, ({"updates": 1.0},), {"numpy": "2"})

    @cached_property
    def _checkpoint(self) -> Target:
        path = self._sound_checkpoint.save(self._folder, "checkpoint")
        return Target("json", (path.read_bytes(),), self._file(path.name, Checkpoint.load))

    @cached_property
    def _weights(self) -> Target:
        bare = replace(self._sound_checkpoint, weights={"weight": np.zeros((0, 4), np.int64)})
        return Target("bytes", (self._sound_checkpoint.weights_bytes, bare.weights_bytes), weights_from_bytes)

    @cached_property
    def _sound_submission(self) -> Path:
        """The folder of a submission that a run of tiny cells has made."""
        path = self._folder / "sound"
        with Store(self._folder / "store.sqlite") as store:
            run_plan(parse_plan(SUBMITTED, "plan"), store, lambda finished: None)
            write_submission(store, path, "A. Name", "")
        return path

    def _submitted(self, place: str, form: str) -> Target:
        """A submission of which one file is another."""
        root = self._folder / place.rpartition("/")[2].partition(".")[0]
        folder = Path(shutil.copytree(self._sound_submission, root / "sound"))

        def load(data: bytes) -> object:
            (folder / place).write_bytes(data)
            return list(Submission.load(folder).decided())

        return Target(form, ((folder / place).read_bytes(),), load)

    @cached_property
    def _submission(self) -> Target:
        return self._submitted(METADATA, "json")

    @cached_property
    def _rows(self) -> Target:
        return self._submitted(ROWS, "lines")

    @cached_property
    def _packed_decisions(self) -> Target:
        return self._submitted(DECISIONS, "bytes")


NAMES = (
    "instance", "packed-instance", "arrays", "scenario", "plan", "decisions", "checkpoint", "weights", "submission", "rows",
    "packed-decisions",
)  # fmt: skip
