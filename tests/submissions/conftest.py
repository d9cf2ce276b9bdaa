"""An honest submission of tiny instances, and forgers that change one thing about a copy of it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from aigcbench.harness.driver import run_plan
from aigcbench.harness.nursery import Nursery
from aigcbench.harness.plan import parse_plan
from aigcbench.harness.store import Store
from aigcbench.submissions.archive import pack, shapes_of
from aigcbench.submissions.declarations import Declarations
from aigcbench.submissions.folder import METADATA, ROWS, decisions_place
from aigcbench.submissions.replay import Replay
from aigcbench.submissions.row import rows_to_bytes
from aigcbench.submissions.submission import Submission
from aigcbench.submissions.verification import Verification
from aigcbench.submissions.writing import write_submission

PLAN = {
    "scenarios": ["assignment/asp-tiny", "caching/tiny"],
    "instances": 2,
    "solvers": ["random", "prophet", {"name": "annealing", "parameters": {"iterations": 50}}, "static-popular"],
    "bound_seconds": 1,
    "limits": {"wall_seconds": 60},
}


@pytest.fixture(scope="session")
def store_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Runs a plan's table into a store."""

    def run(**changes: Any) -> Path:
        path = tmp_path_factory.mktemp("store") / "store.sqlite"
        with Store(path) as store:
            run_plan(parse_plan(PLAN | changes, "plan"), store, lambda finished: None)
        return path

    return run


@pytest.fixture(scope="session")
def store_file(store_of: Callable[..., Path]) -> Path:
    """Two instances each of assignment and caching; for reading only."""
    return store_of()


@pytest.fixture(scope="session")
def submit() -> Callable[..., Path]:
    """Writes a submission from a store file; gives its folder."""

    def write(store_file: Path, folder: Path, **more: Any) -> Path:
        with Store(store_file) as store:
            write_submission(store, folder, "A. Name", "", **more)
        return folder

    return write


@pytest.fixture(scope="session")
def original(submit: Callable[..., Path], store_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An honest submission; for reading only."""
    return submit(store_file, tmp_path_factory.mktemp("submissions") / "honest")


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    """A copy of it, to forge."""
    return Path(shutil.copytree(original, tmp_path / "honest"))


class Forger:
    """Changes one thing about a submission.

    Parameters
    ----------
    folder
        The submission's.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def rows(self, change: Callable[[list[dict[str, Any]]], Any]) -> None:
        """Change the rows in place."""
        rows = [orjson.loads(line) for line in (self.folder / ROWS).read_bytes().splitlines()]
        change(rows)
        (self.folder / ROWS).write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))

    def first(self, solver: str, scenario: str = "assignment/asp-tiny", /, **fields: Any) -> None:
        """Change fields of the first row of a solver on a scenario."""

        def change(rows: list[dict[str, Any]]) -> None:
            next(row for row in rows if (row["solver"], row["scenario"]) == (solver, scenario)).update(fields)

        self.rows(change)

    def metadata(self, **fields: Any) -> None:
        """Change fields of the metadata."""
        path = self.folder / METADATA
        path.write_bytes(orjson.dumps(orjson.loads(path.read_bytes()) | fields))

    def plan(self, **fields: Any) -> None:
        """Change fields of the declared plan."""
        self.metadata(plan=orjson.loads((self.folder / METADATA).read_bytes())["plan"] | fields)

    def decisions(self, change: Callable[[dict[str, Any], Any], Any]) -> None:
        """Replace decisions by what ``change(row, decisions)`` returns; None leaves a row without."""
        self._write([(row, change(row, arrays)) for row, arrays in Submission.load(self.folder).decided()])

    def drop(self, unwanted: Callable[[dict[str, Any]], bool]) -> None:
        """Leave rows out, with their decisions."""
        self._write([item for item in Submission.load(self.folder).decided() if not unwanted(item[0])])

    def _write(self, decided: list[tuple[dict[str, Any], Any]]) -> None:
        packed: dict[str, list[Any]] = {}
        for row, arrays in decided:
            packed.setdefault(row["scenario"], []).extend([] if arrays is None else [arrays])
        for scenario, arrays in packed.items():
            (self.folder / decisions_place(scenario)).write_bytes(pack(arrays))
        rows = [row | {"decisions": None if arrays is None else shapes_of(arrays)} for row, arrays in decided]
        (self.folder / ROWS).write_bytes(rows_to_bytes(rows))


@pytest.fixture
def forger(folder: Path) -> Forger:
    """Changes one thing about the copy of the honest submission."""
    return Forger(folder)


@pytest.fixture
def forger_of() -> Callable[[Path], Forger]:
    """Changes one thing about any submission."""
    return Forger


@pytest.fixture
def findings() -> Callable[..., list[str]]:
    """The refused claims of a submission; nothing of it is executed."""

    def find(folder: Path, published: Any = None) -> list[str]:
        verification = Verification(Submission.load(folder), Declarations([]), published or {})
        for _ in verification.rows():
            pass
        return [str(finding) for finding in verification.findings]

    return find


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """One nursery for all re-runs."""
    with Nursery() as opened:
        yield opened


@pytest.fixture
def replayed(nursery: Nursery) -> Callable[..., tuple[list[str], int]]:
    """Re-runs a submission's policies; what was found, and how many rows were re-run."""

    def run(folder: Path, strict: bool = True) -> tuple[list[str], int]:
        submission = Submission.load(folder)
        declarations = Declarations(submission.folder.solver_files())
        replay = Replay(submission, declarations, nursery, strict)
        verification = Verification(submission, declarations, {})
        found = [
            finding
            for item in verification.rows()
            for finding in replay.findings(item.row, item.instance, item.decisions)
        ]
        return [str(finding) for finding in verification.findings + found], replay.count

    return run
