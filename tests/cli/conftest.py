"""Runs the command line in this process, and makes small files for it to work on."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aigcbench.cli.main import main

PLAN = """\
schema = "aigcbench-plan/1"
summary = "Two policies on two tiny instances"
scenarios = ["assignment/asp-tiny"]
instances = 2
solvers = ["random", "prophet"]
bound_seconds = 0

[limits]
wall_seconds = 10
"""


@dataclass(frozen=True)
class Answer:
    """What a call of the command line gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be one JSON value and nothing else."""
        return json.loads(self.out)

    def assert_refused(self, *words: str) -> None:
        """Bad input: exit code 2, nothing on standard output, one line on standard error that has these words."""
        assert (self.code, self.out) == (2, "")
        assert self.err.startswith("aigcbench: ")
        assert self.err.endswith("\n")
        assert self.err.count("\n") == 1
        for word in words:
            assert word in self.err


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Calls the command line with arguments."""

    def call(*arguments: object) -> Answer:
        capsys.readouterr()
        try:
            code: Any = main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def instance_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance of ``assignment/asp-tiny``, seed 7."""
    folder = tmp_path_factory.mktemp("instances")
    main(["generate", "assignment/asp-tiny", "--seed", "7", "--out", str(folder)])
    return folder / "asp-tiny-7.json.gz"


@pytest.fixture(scope="session")
def decisions_file(instance_file: Path) -> Path:
    """The prophet's decisions on the instance."""
    path = instance_file.with_name("prophet.json")
    main(["solve", str(instance_file), "--solver", "prophet", "--out", str(path)])
    return path


@pytest.fixture(scope="session")
def plan_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan of four cells."""
    path = tmp_path_factory.mktemp("plan") / "small.toml"
    path.write_text(PLAN)
    return path


@pytest.fixture(scope="session")
def store_file(plan_file: Path) -> Path:
    """A store with the plan's results; for reading only."""
    path = plan_file.with_name("small.sqlite")
    main(["run", str(plan_file), "--store", str(path)])
    return path


@pytest.fixture
def truncated_file(instance_file: Path, tmp_path: Path) -> Path:
    """A compressed instance that breaks off in the middle."""
    path = tmp_path / "truncated.json.gz"
    path.write_bytes(instance_file.read_bytes()[:200])
    return path
