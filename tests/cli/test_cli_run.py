"""``aigcbench run``."""

import sqlite3
from contextlib import contextmanager

import pytest

import aigcbench as ab
from aigcbench.cli import progress


def test_a_plan_fills_a_store(cli, plan_file, tmp_path):
    """Every solver runs on every instance, a line each with how far it is; a second run has nothing left to do."""
    store = tmp_path / "s.sqlite"
    answer = cli("run", plan_file, "--store", store)
    assert (answer.code, answer.out) == (0, f"{store}: 4 rows (4 ok)\n")
    lines = answer.err.splitlines()
    assert [line.partition(",")[0] for line in lines] == ["[1/4", "[2/4", "[3/4", "[4/4"]
    assert all(" s left] " in line for line in lines)
    assert "prophet on assignment/asp-tiny#1: ok " in answer.err
    results = ab.results(store)
    assert sorted(results["label"]) == ["prophet", "prophet", "random", "random"]
    again = cli("run", plan_file, "--store", store)
    assert (again.code, again.out, again.err) == (0, f"{store}: 4 rows (4 ok)\n", "")


def test_another_solver_joins_a_plan(cli, plan_file, tmp_path):
    """A solver given on the command line runs on the plan's instances; one that the plan has already is refused."""
    store = tmp_path / "s.sqlite"
    assert cli("run", plan_file, "--solver", "crash-avoid", "--store", store).code == 0
    assert sorted(set(ab.results(store)["label"])) == ["crash-avoid", "prophet", "random"]
    answer = cli("run", plan_file, "--solver", "prophet", "--store", store)
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "'prophet' stands twice" in answer.err


def test_an_interrupted_run_goes_on(cli, plan_file, tmp_path, monkeypatch):
    """Ctrl-C after two cells: exit code 130, the rows are safe, the same command runs the other two."""
    store = tmp_path / "s.sqlite"

    @contextmanager
    def interrupted():
        def report(finished):
            if finished.done == 2:
                raise KeyboardInterrupt

        yield report

    with monkeypatch.context() as patch:
        patch.setattr(progress, "progress", interrupted)
        answer = cli("run", plan_file, "--store", store)
    assert (answer.code, answer.out) == (130, "")
    assert answer.err == f"aigcbench: interrupted; 2 rows are safe in {store}, the same command goes on\n"
    answer = cli("run", plan_file, "--store", store)
    assert answer.code == 0
    assert [line.partition(",")[0] for line in answer.err.splitlines()] == ["[3/4", "[4/4"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "schema"),
        ("schema = 1\n", "schema"),
        ("this is not toml", "not TOML"),
        ('schema = "aigcbench-plan/1"\n', "no cells"),
        ('schema = "aigcbench-plan/1"\nsolvres = ["random"]\n', "'solvers'?"),
        ('schema = "aigcbench-plan/1"\nsolvers = ["randm"]\n', "'random'?"),
        ('schema = "aigcbench-plan/1"\nsolvers = ["random"]\nscenarios = ["assignment/asp-tny"]\n', "asp-tiny'?"),
    ],
)
def test_bad_plans(cli, tmp_path, text, word):
    """What is wrong with a plan is told before anything runs, and no store is made."""
    path = tmp_path / "bad.toml"
    path.write_text(text)
    cli("run", path, "--store", tmp_path / "s.sqlite").assert_refused(word)
    assert not (tmp_path / "s.sqlite").exists()


def test_unknown_plans(cli, tmp_path):
    """A name that is no plan's gets the list of them; a missing file and a folder are said to be so."""
    cli("run", "dmo", "--store", tmp_path / "s.sqlite").assert_refused("demo")
    cli("run", tmp_path / "none.toml").assert_refused("No such file")
    (tmp_path / "folder.toml").mkdir()
    cli("run", tmp_path / "folder.toml").assert_refused("cannot be read")


def test_files_that_are_no_store(cli, plan_file, tmp_path):
    """Another program's database, another file and a folder are refused and stay as they are."""
    foreign = tmp_path / "foreign.sqlite"
    with sqlite3.connect(foreign) as database:
        database.execute("CREATE TABLE rows (a)")
    database.close()
    text = tmp_path / "text"
    text.write_text("not a database, and long enough to be seen as none" * 20)
    for path in (foreign, text, tmp_path, plan_file / "s.sqlite"):
        cli("run", plan_file, "--store", path).assert_refused("store")


@pytest.mark.parametrize("jobs", ["0", "-1", "two"])
def test_bad_jobs(cli, plan_file, jobs):
    """The number of cells at a time is a whole number above 0."""
    cli("run", plan_file, "--jobs", jobs).assert_refused("--jobs")
