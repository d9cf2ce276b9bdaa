"""The store: complete rows, refusals in one line, decisions from which every score can be recomputed."""

import json
import sqlite3
import zlib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from aigcbench.cli.main import main
from aigcbench.discovery import find_solver
from aigcbench.errors import InputError
from aigcbench.harness.cell import Cell, Outcome, Status
from aigcbench.harness.databases.tables import COLUMNS
from aigcbench.harness.store import RESULT_COLUMNS, Store
from aigcbench.instance import dump_arrays
from aigcbench.problems.problem import Bound, problem_of, score
from aigcbench.report.leaderboard import boards_of
from aigcbench.scenario import scenario_named
from aigcbench.solver import Limits


@pytest.fixture
def cell(tiny):
    """A cell of a shipped solver."""
    return Cell.of(find_solver("prophet"), {}, tiny, 0, Limits())


@pytest.fixture
def outcome(tiny):
    """What a run that went well leaves."""
    decisions = {"service": np.arange(6) % 3}
    judged = score(tiny, decisions)
    return Outcome(
        Status.OK, "", decisions, judged, 1.0, 0.5, latencies=np.full(6, 1e-5), anytime=[(0.5, judged.primary)]
    )


@pytest.fixture
def path(tmp_path, tiny, cell, outcome):
    """A store of two rows on different instances: one scored, one that failed."""
    other = scenario_named("assignment/asp-tiny").instance(1)
    with Store(tmp_path / "store.sqlite") as store:
        store.add(cell, outcome, tiny, True)
        failed = Cell.of(find_solver("random"), {}, other, 0, Limits())
        store.add(failed, Outcome(Status.CRASH, "SIGSEGV"), other, False)
        store.add_bound(tiny, Bound(100.0, "test"))
    return tmp_path / "store.sqlite"


def test_rows_are_complete(path, cell, outcome):
    """Every column of a row that went well has a value, except those of training, which there was none of."""
    with sqlite3.connect(path) as database:
        database.row_factory = sqlite3.Row
        rows = {row["key"]: dict(row) for row in database.execute("SELECT * FROM rows")}
    database.close()
    row = rows[cell.key]
    assert list(row) == list(COLUMNS)
    training = [name for name, value in row.items() if value is None]
    assert training == [name for name in COLUMNS if name.startswith("training_")] + ["checkpoint_sha256", "submission"]
    assert json.loads(row["metrics"]) == dict(outcome.score.metrics)
    assert json.loads(row["environment"])["calibration_s"] > 0
    failed = next(row for key, row in rows.items() if key != cell.key)
    assert (failed["status"], failed["detail"], failed["decisions"], failed["metrics"]) == (
        "crash",
        "SIGSEGV",
        None,
        None,
    )


def test_results(path, tiny):
    """The results have the columns that the report reads, in their types, failures included."""
    with Store(path) as store:
        results = store.results()
    metrics = [f"metric.{metric.name}" for metric in problem_of(tiny).metrics]
    assert list(results) == [*RESULT_COLUMNS, "bound", "bound_method", "verified", *metrics]
    assert results["instance"].tolist() == ["assignment/asp-tiny#0", "assignment/asp-tiny#1"]
    assert results["bound"].tolist()[0] == 100.0
    assert pd.isna(results["bound"].tolist()[1])
    assert results["timed"].tolist() == [True, False]
    assert results["metric.utility"].isna().tolist() == [False, True]
    assert results["decision_p50_s"].dtype == float
    assert len(boards_of(results)) == 2


def test_results_of_an_empty_store(tmp_path):
    """A store without rows gives an empty table with its columns."""
    with Store(tmp_path / "empty.sqlite") as store:
        results = store.results()
        assert store.environment() == {}
    assert list(results) == [*RESULT_COLUMNS, "bound", "bound_method", "verified"]
    assert len(results) == 0


def test_same_key_twice(path, cell, outcome, tiny):
    """A key that is there already stays as it was."""
    with Store(path) as store:
        store.add(cell, replace(outcome, wall_seconds=99.0), tiny, False)
        results = store.results()
        assert store.keys() == set(results["key"])
    assert len(results) == 2
    assert results["wall_seconds"].tolist()[0] == 1.0


def test_decisions_round_trip(path, cell, outcome, tiny):
    """Decisions, metrics and instance come back as they were."""
    with Store(path) as store:
        rows = {key: row for key, *row in store.decided()}
        assert store.instance(tiny.sha256).to_bytes() == tiny.to_bytes()
        assert store.bounded() == {tiny.sha256}
    label, sha256, metrics, decisions = rows[cell.key]
    assert (label, sha256, metrics) == ("prophet", tiny.sha256, dict(outcome.score.metrics))
    assert decisions["service"].tolist() == outcome.decisions["service"].tolist()
    assert decisions["service"].dtype == np.int64


def test_rows_of_one_store_fit_into_another(path, tiny, cell, tmp_path):
    """Raw rows and bounds can be read and written as they are; a row with a submission's name counts as verified."""
    with Store(path) as store, Store(tmp_path / "copy.sqlite") as copy:
        for row in store.rows():
            copy.add_row(
                row | {"submission": "mine" if row["key"] == cell.key else None}, store.instance(row["instance_sha256"])
            )
        for _, bound in store.bounds().values():
            copy.add_bound(tiny, bound)
        assert store.bounds() == copy.bounds() == {tiny.sha256: (tiny.name, Bound(100.0, "test"))}
        results = copy.results()
        pd.testing.assert_frame_equal(
            results.drop(columns=["submission", "verified"]), store.results().drop(columns=["submission", "verified"])
        )
    assert results.set_index("key")["verified"].to_dict() == {key: key == cell.key for key in results["key"]}


def test_incumbents(path, cell, outcome):
    """Rows with an anytime curve give it as an array; a damaged one is left out."""
    with Store(path) as store:
        curves = store.incumbents()
        assert curves.keys() == {cell.key}
        assert curves[cell.key].tolist() == [list(point) for point in outcome.anytime]
    with sqlite3.connect(path) as database:
        database.execute("UPDATE rows SET anytime = '[[1.0, ' WHERE key = ?", (cell.key,))
    database.close()
    with Store(path) as store:
        assert store.incumbents() == {}


def refused(*arguments, **keywords):
    """The one line with which a store is refused."""
    with pytest.raises(InputError) as caught:
        Store(*arguments, **keywords)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_refused_files(tmp_path):
    """A missing file, a folder, a foreign file and a foreign database are refused, and left as they are."""
    assert "no such file" in refused(tmp_path / "none.sqlite", must_exist=True)
    assert "cannot be opened" in refused(tmp_path)
    text = tmp_path / "notes.txt"
    text.write_text("not a database\n" * 100)
    assert "not a database" in refused(text)
    assert text.read_text() == "not a database\n" * 100
    assert "cannot be opened" in refused(text / "store.sqlite")
    foreign = tmp_path / "foreign.sqlite"
    with sqlite3.connect(foreign) as database:
        database.execute("CREATE TABLE rows (key TEXT)")
    database.close()
    assert "another program's database" in refused(foreign)


def test_refused_version(path):
    """A store of another version is refused."""
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    assert "store version 99" in refused(path)


def test_upgrade(path, cell):
    """A store of the first version is given the columns that it lacks, and keeps its rows."""
    with sqlite3.connect(path) as database:
        for name in list(COLUMNS)[-5:]:
            database.execute(f"ALTER TABLE rows DROP COLUMN {name}")
        database.execute("PRAGMA user_version = 1")
    database.close()
    for _ in range(2):
        with Store(path) as store:
            assert cell.key in set(store.results()["key"])
            assert store.results()["training_seed"].isna().all()


def test_damaged_file(path):
    """A store whose pages are damaged is refused in one line, at the latest when it is read."""
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(InputError, match="cannot be read"), Store(path) as store:
        store.results()


def test_full_disk(path, outcome):
    """A row that does not fit is refused in one line and leaves nothing behind."""
    other = scenario_named("assignment/asp-paper").instance(2)
    with Store(path) as store:
        with store._database._connection() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(InputError, match=r"cannot be written .*full"):
            store.add(Cell.of(find_solver("prophet"), {}, other, 0, Limits()), outcome, other, True)
        assert len(store.keys()) == 2


def test_read_only(path, cell, outcome, tiny):
    """A store that may not be written is refused in one line, and can still be read."""
    with Store(path) as store:
        with store._database._connection() as connection:
            connection.exec_driver_sql("PRAGMA query_only = ON")
        with pytest.raises(InputError, match="cannot be written"):
            store.add(replace(cell, seed=5), outcome, tiny, True)
        assert len(store.results()) == 2


def tamper(path, statement, *values):
    """Change the store behind the library's back."""
    with sqlite3.connect(path) as database:
        assert database.execute(statement, values).rowcount == 1
    database.close()


def test_check_all_of_an_honest_store(path, capsys):
    """Every row of an honest store is what its decisions give."""
    assert main(["check", "--all", "--store", str(path)]) == 0
    assert capsys.readouterr().out == "2 rows recomputed from their decisions, 0 different\n"


FORGERIES = {
    "a better score": ("metrics", lambda row: json.dumps(json.loads(row["metrics"]) | {"utility": 1e6})),
    "the last bit": ("metrics", lambda row: json.dumps({n: float(np.nextafter(v, 9e9)) for n, v in json.loads(row["metrics"]).items()})),
    "a metric less": ("metrics", lambda row: json.dumps({"utility": json.loads(row["metrics"])["utility"]})),
    "metrics that are no JSON": ("metrics", lambda row: "{"),
    "metrics that are a list": ("metrics", lambda row: "[1]"),
    "no metrics": ("metrics", lambda row: None),
    "other decisions": ("decisions", lambda row: zlib.compress(dump_arrays({"service": np.zeros(6, np.int64)}))),
    "illegal decisions": ("decisions", lambda row: zlib.compress(dump_arrays({"service": np.full(6, 99)}))),
    "a flipped bit": ("decisions", lambda row: row["decisions"][:9] + bytes([row["decisions"][9] ^ 1]) + row["decisions"][10:]),
    "cut decisions": ("decisions", lambda row: row["decisions"][:-5]),
    "text for decisions": ("decisions", lambda row: "none"),
    "no decisions": ("decisions", lambda row: None),
    "another instance": ("instance_sha256", lambda row: scenario_named("assignment/asp-tiny").instance(1).sha256),
}  # fmt: skip


@pytest.mark.parametrize(("column", "forge"), FORGERIES.values(), ids=FORGERIES)
def test_check_all_finds_forgery(path, cell, capsys, column, forge):
    """A row whose score is not what its decisions give is named, and the exit code says so."""
    with sqlite3.connect(path) as database:
        database.row_factory = sqlite3.Row
        row = dict(database.execute("SELECT * FROM rows WHERE key = ?", (cell.key,)).fetchone())
    database.close()
    tamper(path, f"UPDATE rows SET {column} = ? WHERE key = ?", forge(row), cell.key)
    assert main(["check", "--all", "--store", str(path)]) == 1
    printed = capsys.readouterr().out
    assert f"(row {cell.key[:12]})" in printed
    assert "2 rows recomputed from their decisions, 1 different" in printed


def test_check_all_finds_an_exchanged_instance(path, tiny, capsys):
    """An instance whose content is not the one of its name is refused."""
    other = scenario_named("assignment/asp-tiny").instance(1).sha256
    tamper(
        path,
        "UPDATE instances SET content = (SELECT content FROM instances WHERE sha256 = ?) WHERE sha256 = ?",
        other,
        tiny.sha256,
    )
    assert main(["check", "--all", "--store", str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    tamper(path, "UPDATE instances SET content = 'x' WHERE sha256 = ?", tiny.sha256)
    assert main(["check", "--all", "--store", str(path)]) == 2
    assert "missing or unreadable" in capsys.readouterr().err
