"""``aigcbench best-known``, and what `bounds`, `info` and `generate` do with frozen instances."""

import csv
import sqlite3

import pytest

import aigcbench as ab
from aigcbench.frozen import frozen_files

PLAN = """\
schema = "aigcbench-plan/1"
scenarios = ["assignment/asp-tiny"]
instances = 2
solvers = ["random", "prophet"]
bound_seconds = 0
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of instances where only seed 0 is frozen and nothing is best known."""
    monkeypatch.setattr("aigcbench.frozen.content_directory", lambda _: tmp_path)
    ab.make("assignment/asp-tiny", 0).save(tmp_path / "frozen" / "assignment" / "asp-tiny" / "0.json.gz")
    return tmp_path


@pytest.fixture
def store(cli, tmp_path):
    """A store with two solvers on the frozen instance and on another one."""
    (tmp_path / "p.toml").write_text(PLAN)
    cli("run", tmp_path / "p.toml", "--store", tmp_path / "s.sqlite")
    return tmp_path / "s.sqlite"


def rows(folder):
    """The table's rows."""
    with (folder / "best_known.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_harvest(cli, folder, store):
    """The best of a store's legal decisions for frozen instances get in, with their origin; a second time nothing is better."""
    answer = cli("best-known", "--from-store", store, "--json").json
    reached = ab.results(store).set_index("instance").loc["assignment/asp-tiny#0", "metric.utility"]
    (row,) = answer["best_known"]
    assert (row["instance"], row["utility"], row["gap"]) == ("assignment/asp-tiny#0", reached.max(), None)
    assert answer["offers"]["without decisions for a frozen instance"] == 2
    assert "seed 0" in rows(folder)[0]["how"]
    before = (folder / "best_known.csv").read_bytes()
    assert "better" not in cli("best-known", "--from-store", store, "--json").json["offers"]
    assert (folder / "best_known.csv").read_bytes() == before


def test_bounds_are_kept(cli, folder, store):
    """With --update a bound goes into the table and gives a gap and a status; without it nothing is written."""
    cli("best-known", "--from-store", store)
    assert "open" in cli("best-known").out
    before = (folder / "best_known.csv").read_bytes()
    row = cli("bounds", "frozen", "--seconds", 1, "--json").json[0]
    assert row["best_known_gap"] is None
    assert row["gap"] == pytest.approx((row["bound"] - row["best_known"]) / row["bound"])
    assert (folder / "best_known.csv").read_bytes() == before
    assert cli("bounds", "frozen", "--seconds", 1, "--update").out.endswith("; kept\n")
    (kept,) = rows(folder)
    assert (float(kept["bound"]), kept["bound_method"]) == (row["bound"], row["method"])
    (shown,) = cli("best-known", "--json").json["best_known"]
    assert (shown["bound"], shown["gap"]) == (row["bound"], row["gap"])
    assert f"gap {row['gap']:8.3%}" in cli("best-known").out


def test_bounds_without_decisions_are_shown_only(cli, folder):
    """As long as no decisions are known there is no row to keep a bound in."""
    (row,) = cli("bounds", "frozen", "--seconds", 1, "--update", "--json").json
    assert not row["kept"]
    assert not (folder / "best_known.csv").exists()


def test_info_tells_what_is_best_known(cli, folder, store):
    """An instance file is described with the best known score where there is one."""
    (path,) = frozen_files()
    assert "best known" not in cli("info", path, "--json").json
    cli("best-known", "--from-store", store)
    assert cli("info", path, "--json").json["best known"]["utility"] == rows(folder)[0]["utility"]


def test_illegal_and_unreadable_rows(cli, folder, store):
    """Decisions that break a rule are counted and kept out; a row whose origin can't be read is one line."""
    with sqlite3.connect(store) as database:
        ((packed,),) = database.execute(
            "SELECT decisions FROM rows WHERE instance LIKE '%#1' AND solver = 'prophet' LIMIT 1"
        )
        database.execute("UPDATE rows SET decisions = ?", (packed,))
        database.execute("UPDATE rows SET decisions = NULL WHERE solver = 'random'")
    tasks = [len(ab.make("assignment/asp-tiny", seed)["task_steps"]) for seed in (0, 1)]
    assert tasks[0] != tasks[1]
    assert cli("best-known", "--from-store", store, "--json").json == {
        "offers": {"without decisions for a frozen instance": 3, "illegal": 1},
        "best_known": [],
    }
    with sqlite3.connect(store) as database:
        database.execute("UPDATE rows SET parameters = 'nonsense'")
    cli("best-known", "--from-store", store).assert_refused("unreadable")


def test_bad_input(cli, folder, instance_file):
    """Missing and foreign stores and a table that does not hold together are one line each."""
    cli("best-known", "--from-store", folder / "none.sqlite").assert_refused("no such file")
    cli("best-known", "--from-store", instance_file).assert_refused("cannot be")
    (folder / "best_known.csv").write_text("a,b\n1,2\n")
    for arguments in (["best-known"], ["bounds", "frozen"], ["info", instance_file]):
        cli(*arguments).assert_refused("other columns")


def test_a_tree_of_instances(cli, tmp_path):
    """With --tree each scenario has its folder; a file that holds the instance already is not written again."""
    path = tmp_path / "assignment" / "asp-tiny" / "3.json.gz"
    arguments = ["generate", "assignment/asp-tiny", "--seed", 3, "--tree", "--out", tmp_path]
    assert cli(*arguments, "--json").json[0]["file"] == str(path)
    before = path.stat().st_mtime_ns, path.stat().st_ino
    assert cli(*arguments).code == 0
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before


def test_bounds_reach_both_tables(cli, folder, store, tmp_path):
    """A bound computed for the published table gets into that of the best known decisions, and the other way round."""
    table = tmp_path / "bounds.csv"
    cli("best-known", "--from-store", store)
    row = cli("bounds", "frozen", "--seconds", 1, "--bounds", table, "--json").json[0]
    assert row["published"]
    assert rows(folder)[0]["bound"] == ""
    assert cli("best-known", "--bounds", table, "--json").json["exchanged"] == 1
    assert float(rows(folder)[0]["bound"]) == row["bound"]
    assert "; published" not in cli("bounds", "frozen", "--seconds", 1, "--bounds", table).out
    assert "0 bounds became tighter" in cli("best-known", "--bounds", table).out
