"""``aigcbench verify``."""

import shutil

import pytest


@pytest.fixture
def folder(cli, store_file, tmp_path):
    """A submission of the store's four rows."""
    cli("submit", "--store", store_file, "--out", tmp_path / "mine", "--author", "A. Name")
    return tmp_path / "mine"


def forge(folder):
    """Give the first row a better score."""
    rows = (folder / "rows.jsonl").read_bytes()
    (folder / "rows.jsonl").write_bytes(rows.replace(b'"utility":', b'"utility":9', 1))


def test_honest(cli, folder):
    """Every row is scored anew, with --strict every policy re-run too."""
    answer = cli("verify", folder)
    assert (answer.code, answer.out, answer.err) == (0, "mine: 4 rows re-scored, 0 re-run, all claims hold\n", "")
    assert cli("verify", folder, "--strict").out == "mine: 4 rows re-scored, 4 re-run, all claims hold\n"
    report = cli("verify", folder, "--json").json
    assert report == {
        "submissions": [{"name": "mine", "rows": 4, "replayed": 0, "refused": [], "malformed": ""}], "refused": [], "malformed": [],
    }  # fmt: skip


def test_refused(cli, folder):
    """A forged score is exit code 1 and one line that says what is wrong and what would be right."""
    forge(folder)
    answer = cli("verify", folder)
    first, last = answer.out.splitlines()
    assert (answer.code, answer.err) == (1, "")
    assert first.startswith("mine: REFUSED score: prophet on assignment/asp-tiny#0, seed 0: utility 9")
    assert last == "mine: 4 rows re-scored, 0 re-run, 1 claims REFUSED"
    assert len(cli("verify", folder, "--json").json["refused"]) == 1


def test_malformed(cli, folder, tmp_path):
    """What is no submission is exit code 2; the sound ones beside it are verified all the same."""
    (tmp_path / "link").symlink_to(folder)
    answer = cli("verify", tmp_path / "link", folder, tmp_path / "none")
    assert (answer.code, answer.out) == (2, "mine: 4 rows re-scored, 0 re-run, all claims hold\n")
    assert [line.startswith("aigcbench: ") for line in answer.err.splitlines()] == [True, True]


def test_a_damaged_archive(cli, folder):
    """Decisions that cannot be unpacked are malformed input, found when they are read."""
    (folder / "decisions" / "assignment" / "asp-tiny.xz").write_bytes(b"no archive")
    answer = cli("verify", folder)
    assert (answer.code, answer.out) == (2, "mine: MALFORMED\n")
    assert "asp-tiny.xz: fewer decisions than its rows have" in answer.err


def test_twice(cli, folder, tmp_path):
    """A solver that another submission has already is refused."""
    shutil.copytree(folder, tmp_path / "copy")
    text = (tmp_path / "copy" / "submission.json").read_text()
    (tmp_path / "copy" / "submission.json").write_text(text.replace('"mine"', '"copy"'))
    answer = cli("verify", folder, tmp_path / "copy")
    assert answer.code == 1
    assert "REFUSED twice: copy: prophet on assignment/asp-tiny#0, seed 0: prophet is in mine too" in answer.out


def test_a_store_of_what_is_verified(cli, folder, tmp_path):
    """The store holds what was verified, and is not there when a claim was refused; `check --all` finds nothing different."""
    store = tmp_path / "verified.sqlite"
    assert cli("verify", folder, "--store", store).code == 0
    assert "4 rows recomputed from their decisions, 0 different" in cli("check", "--all", "--store", store).out
    cli("verify", folder, "--store", store).assert_refused("exists already")
    store.unlink()
    forge(folder)
    assert cli("verify", folder, "--store", store).code == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine"]


@pytest.mark.heavy
def test_building_twice_gives_equal_bytes(cli, folder, tmp_path):
    """The same submissions give the same leaderboard to the byte."""
    sites = []
    for _ in range(2):
        store, site = tmp_path / "leaderboard.sqlite", tmp_path / "site"
        cli("verify", folder, "--store", store)
        assert cli("leaderboard", "--store", store, "--out", site).code == 0
        sites.append(
            {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}
        )
        shutil.rmtree(site)
        store.unlink()
    assert sites[0]
    assert sites[0] == sites[1]


def test_bounds(cli, folder, tmp_path):
    """A score better than a published bound is refused; a table that is none is bad input."""
    table = tmp_path / "bounds.csv"
    table.write_text("instance,instance_sha256,bound,method\n")
    assert cli("verify", folder, "--bounds", table).code == 0
    table.write_text("something else\n")
    cli("verify", folder, "--bounds", table).assert_refused("other columns")
