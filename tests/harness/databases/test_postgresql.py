"""A store on a PostgreSQL server: the rows of a file, several drivers, upgrades, and refusals in one line."""

import subprocess
import sys

import pandas as pd
import pytest
from sqlalchemy import create_engine, text

from aigcbench.errors import InputError
from aigcbench.harness.databases.tables import COLUMNS
from aigcbench.harness.driver import run_plan
from aigcbench.harness.plan import SCHEMA, parse_plan
from aigcbench.harness.store import Store

TABLE = {"schema": SCHEMA, "scenarios": ["assignment/asp-tiny"], "instances": 2, "bound_seconds": 1}
TABLE |= {"solvers": ["random", "prophet", {"name": "d2sac"}], "seeds": [0, 1]}


@pytest.fixture(scope="module")
def filled(database, tmp_path_factory):
    """A store in a file, and one on the server with the same rows."""
    path, url = tmp_path_factory.mktemp("filled") / "store.sqlite", database()
    with Store(path) as file, Store(url) as server:
        run_plan(parse_plan(TABLE, "plan"), file, lambda _: None)
        for row in file.rows():
            server.add_row(row, file.instance(row["instance_sha256"]))
        for sha256, (_, bound) in file.bounds().items():
            server.add_bound(file.instance(sha256), bound)
    return path, url


def execute(url, *statements):
    """Change a database behind the library's back."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def test_the_same_rows_as_in_a_file(filled):
    """Rows, results, decisions, curves, bounds and their order are those of a file."""
    with Store(filled[0], must_exist=True) as file, Store(filled[1], must_exist=True) as server:
        assert list(server.rows()) == list(file.rows())
        pd.testing.assert_frame_equal(server.results(), file.results())
        assert server.incumbents().keys() == file.incumbents().keys()
        assert (server.bounds(), server.environment()) == (file.bounds(), file.environment())
        for here, there in zip(server.decided(), file.decided(), strict=True):
            assert here[:4] == there[:4]
            assert (here[4] is None) == (there[4] is None)
            assert here[4] is None or {n: a.tolist() for n, a in here[4].items()} == {
                n: a.tolist() for n, a in there[4].items()
            }
        key, label, sha256, *_ = next(row for row in file.decided() if row[4])
        assert server.key_of(sha256, label) == file.key_of(sha256, label)
        assert server.decisions(key).keys() == file.decisions(key).keys()
        assert server.instance(sha256).to_bytes() == file.instance(sha256).to_bytes()


def test_a_run_resumes(database):
    """A run into a server goes on where one has stopped, and keeps the first of two rows with one key."""
    plan, url, done = parse_plan(TABLE | {"solvers": ["random"], "bound_seconds": 0}, "plan"), database(), []
    with Store(url) as store:
        run_plan(
            parse_plan(TABLE | {"solvers": ["random"], "bound_seconds": 0, "seeds": [0]}, "plan"), store, done.append
        )
        run_plan(plan, store, done.append)
        assert [finished.work.cell.seed for finished in done] == [0, 0, 1, 1]
        first = store.results()
        store.add(done[0].work.cell, done[1].result, done[0].work.instance, False)
        pd.testing.assert_frame_equal(store.results(), first)
        assert store.beside(".checkpoints").name.endswith(".checkpoints")


@pytest.mark.heavy
def test_two_drivers_at_once(database, tmp_path):
    """Two drivers that begin together on an empty database with the same plan end with each row once."""
    plan, url = tmp_path / "plan.toml", database()
    plan.write_text(
        f'schema = "{SCHEMA}"\nscenarios = ["assignment/asp-tiny"]\ninstances = 6\nbound_seconds = 0\n'
        'solvers = ["random", "crash-avoid"]\n'
    )
    command = [sys.executable, "-m", "aigcbench", "run", str(plan), "--store", url]
    drivers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    printed = [driver.communicate() for driver in drivers]
    assert [driver.returncode for driver in drivers] == [0, 0], printed
    with Store(url) as store:
        assert len(store.results()) == 12
        assert not store.results().duplicated(["instance", "label"]).any()


def test_upgrade(filled, database):
    """A store of the first version is given the columns that it lacks, and keeps its rows."""
    url = database()
    with Store(filled[0]) as file, Store(url) as server:
        for row in file.rows():
            server.add_row(row, file.instance(row["instance_sha256"]))
    drops = [f"ALTER TABLE rows DROP COLUMN {name}" for name in COLUMNS[-5:]]
    execute(url, *drops, "UPDATE aigcbench_store SET version = 1")
    for _ in range(2):
        with Store(filled[0]) as file, Store(url) as server:
            assert server.keys() == file.keys()
            assert server.results()["training_seed"].isna().all()


def test_a_dropped_connection(filled):
    """A connection that the server has dropped is replaced."""
    with Store(filled[1]) as store:
        before = store.keys()
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
        execute(filled[1], others)
        assert store.keys() == before


def refused(url, **keywords):
    """The one line with which a store is refused."""
    with pytest.raises(InputError) as caught:
        Store(url, **keywords)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_refusals(database, server):
    """An empty database that should have a store, a later version, foreign tables and an unknown database are refused."""
    url = database()
    assert "no store there" in refused(url, must_exist=True)
    with Store(url):
        pass
    execute(url, "UPDATE aigcbench_store SET version = 99")
    assert "store version 99" in refused(url)
    foreign = database()
    execute(foreign, "CREATE TABLE rows (key TEXT)")
    assert "another program's database" in refused(foreign)
    assert "cannot be opened" in refused(server.format("nowhere"))


def test_no_password_is_shown():
    """A server that does not answer is refused without the password of its URL."""
    message = refused("postgresql+psycopg://me:secret@localhost:1/results")
    assert "cannot be opened" in message
    assert "secret" not in message


def test_another_kind_of_server():
    """A URL of a server that no store can be kept on is refused, and the kinds are told."""
    assert "expected a file, or postgresql+psycopg://" in refused("mysql://localhost/results")
    assert "expected a file, or postgresql+psycopg://" in refused("://")
