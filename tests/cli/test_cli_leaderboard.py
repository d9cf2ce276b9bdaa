"""``aigcbench leaderboard``."""

import pytest

from aigcbench.harness.store import Store


def test_tables_and_page(cli, store_file, tmp_path):
    """Every solver is in the tables here, on the page and in the data beside it."""
    out = tmp_path / "board"
    answer = cli("leaderboard", "--store", store_file, "--out", out)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.endswith(f"leaderboard: {out / 'index.html'}\n")
    pages = [
        out / name for name in ("index.html", "assignment/asp-tiny.html", "solvers/index.html", "data/standings.csv")
    ]
    for text in (answer.out, *(path.read_text(encoding="utf-8") for path in pages)):
        assert "prophet" in text
        assert "random" in text


def test_the_same_store_gives_the_same_bytes(cli, store_file, tmp_path):
    """A second run changes no byte."""
    first = cli("leaderboard", "--store", store_file, "--out", tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert cli("leaderboard", "--store", store_file, "--out", tmp_path) == first
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_bad_stores(cli, tmp_path, instance_file):
    """Missing files, other files and stores without rows are one line, and no page is written."""
    with Store(tmp_path / "empty.sqlite"):
        pass
    for path, word in [
        (tmp_path / "none.sqlite", "no such file"),
        (instance_file, "a store of aigcbench"),
        (tmp_path / "empty.sqlite", "no rows"),
        (tmp_path, "no such file"),
    ]:
        cli("leaderboard", "--store", path, "--out", tmp_path / "out").assert_refused(path.name, word)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("place", ["file", "file/sub"])
def test_an_unwritable_folder(cli, store_file, tmp_path, place):
    """A place that is no folder is one line on standard error."""
    (tmp_path / "file").write_text("")
    answer = cli("leaderboard", "--store", store_file, "--out", tmp_path / place)
    assert answer.code == 2
    assert answer.err.count("\n") == 1
    assert "cannot be written" in answer.err
    assert answer.out == ""  # refused before the tables, as a page that nobody can read is written before them
