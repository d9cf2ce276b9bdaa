"""``aigcbench export``."""

import gzip

import pytest


@pytest.mark.parametrize("suffix", ["mps", "lp"])
def test_a_file_that_says_what_it_is(cli, instance_file, tmp_path, suffix):
    """The file begins with the instance's identity; the answer tells its size; the same call writes the same bytes."""
    path = tmp_path / f"tiny.{suffix}"
    row = cli("export", instance_file, "--format", suffix, "--out", path, "--json").json
    assert row["instance"] == "assignment/asp-tiny#7"
    head = path.read_text().splitlines()[0]
    assert head.startswith("* aigcbench instance" if suffix == "mps" else "\\ aigcbench instance")
    before = path.read_bytes()
    answer = cli("export", instance_file, "--format", suffix, "--out", path)
    assert answer.out.startswith(f"{path}: {row['columns']} columns, {row['rows']} rows, ")
    assert path.read_bytes() == before


def test_compressed(cli, instance_file, tmp_path):
    """A name that ends in .gz is compressed."""
    assert cli("export", instance_file, "--out", tmp_path / "tiny.mps.gz").code == 0
    assert gzip.decompress((tmp_path / "tiny.mps.gz").read_bytes()).endswith(b"ENDATA\n")


def test_bad_input(cli, instance_file, decisions_file, truncated_file, tmp_path):
    """Missing, broken and foreign files, unknown formats and unwritable places are one line each."""
    out = tmp_path / "x.mps"
    cli("export", tmp_path / "none.json", "--out", out).assert_refused("No such file")
    cli("export", truncated_file, "--out", out).assert_refused("cannot be read")
    cli("export", decisions_file, "--out", out).assert_refused("aigcbench-decisions/1")
    cli("export", instance_file, "--format", "xls", "--out", out).assert_refused("--format")
    cli("export", instance_file).assert_refused("--out")
    cli("export", instance_file, "--out", tmp_path).assert_refused("cannot be written")
    assert not out.exists()


def test_too_large(cli, instance_file, tmp_path, monkeypatch):
    """An instance above the limit is one line, and no file is left."""
    monkeypatch.setattr("aigcbench.problems.assignment.named_program.MAXIMUM_ENTRIES", 5)
    cli("export", instance_file, "--out", tmp_path / "x.mps").assert_refused("at most 5 for an export")
    assert not (tmp_path / "x.mps").exists()
