"""The published leaderboard comes from its submissions alone, the same bytes each time."""

import os
import shutil
import subprocess
import sys

import pytest


@pytest.fixture
def build(original, tmp_path):
    """Verifies a submission and builds its site, in processes with a hash seed of their own; gives all files by name."""

    def run(name, hash_seed):
        place = tmp_path / name
        shutil.copytree(original, place / "submissions" / "honest")
        for command in (
            ["verify", "submissions/honest", "--store", "leaderboard.sqlite"],
            ["leaderboard", "--store", "leaderboard.sqlite", "--out", "site"],
        ):
            subprocess.run(
                [sys.executable, "-m", "aigcbench", *command],
                cwd=place,
                env=os.environ | {"PYTHONHASHSEED": hash_seed},
                check=True,
                stdout=subprocess.DEVNULL,
            )
        site = place / "site"
        return {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}

    return run


@pytest.mark.heavy
def test_two_builds_have_the_same_bytes(build):
    """Every page, figure and download of two builds from the same submission is the same to the byte."""
    first, second = build("first", "1"), build("second", "2")
    assert sorted(first) == sorted(second)
    assert [name for name in first if first[name] != second[name]] == []
    assert {"index.html", "data/results.parquet", "data/assignment/asp-tiny/anytime.pdf"} <= set(first)
    assert {"assignment/asp-tiny/1.html", "caching/tiny.html", "data/caching/tiny.tex"} <= set(first)
