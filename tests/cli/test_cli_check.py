"""``aigcbench check``."""

import shutil
import sqlite3

import numpy as np
import pytest

import aigcbench as ab
from aigcbench.decisions import DecisionsFile


@pytest.fixture
def infeasible_file(instance_file, tmp_path):
    """Decisions that send task 2 to a service that isn't there."""
    instance = ab.load(instance_file)
    service = np.zeros(5, np.int64)
    service[2] = 99
    path = tmp_path / "infeasible.json"
    DecisionsFile(instance.sha256, "me", {}, 0, {"service": service}).save(path)
    return path


def test_feasible_decisions(cli, instance_file, decisions_file):
    """The answer names instance and solver and has every metric."""
    answer = cli("check", instance_file, decisions_file, "--json")
    assert (answer.code, answer.err) == (0, "")
    data = answer.json
    assert (data["instance"], data["solver"], data["feasible"]) == ("assignment/asp-tiny#7", "prophet", True)
    assert data["metrics"]["utility"] == pytest.approx(1.0816666666666668)
    text = cli("check", instance_file, decisions_file).out
    assert text.startswith("prophet on assignment/asp-tiny#7: feasible\n  utility ")


def test_infeasible_decisions(cli, instance_file, infeasible_file):
    """The answer names the broken constraint, the place and the amount; exit code 1."""
    answer = cli("check", instance_file, infeasible_file, "--json")
    assert (answer.code, answer.err) == (1, "")
    data = answer.json
    assert (data["feasible"], data["metrics"], data["constraint"]) == (False, None, "service-range")
    assert (data["where"], data["wrong"]) == ("task 2", "service 99")
    text = cli("check", instance_file, infeasible_file)
    assert (text.code, text.err) == (1, "")
    assert "INFEASIBLE, service-range: task 2: service 99; expected a service from 0 to 2" in text.out


def test_decisions_of_another_instance(cli, tmp_path, decisions_file):
    """Decisions belong to one instance; for another one they are bad input."""
    cli("generate", "assignment/asp-tiny", "--seed", 8, "--out", tmp_path)
    answer = cli("check", tmp_path / "asp-tiny-8.json.gz", decisions_file)
    answer.assert_refused("assignment/asp-tiny#8", "prophet.json")


def test_bad_files(cli, tmp_path, instance_file, decisions_file, truncated_file):
    """Missing and foreign files, on either side, are one line each."""
    cli("check", truncated_file, decisions_file).assert_refused("truncated.json.gz")
    cli("check", instance_file, instance_file).assert_refused("aigcbench-decisions/1")
    cli("check", instance_file, tmp_path / "none.json").assert_refused("No such file")
    cli("check", instance_file, tmp_path).assert_refused("cannot be read")
    cli("check", decisions_file, decisions_file).assert_refused("aigcbench-instance/1")


@pytest.mark.parametrize(
    "arguments", [[], ["a.json"], ["--all"], ["a.json", "b.json", "--store", "c"], ["a", "--all", "--store", "c"]]
)
def test_it_is_either_two_files_or_a_store(cli, arguments):
    """Half a command is refused with the two whole ones."""
    cli("check", *arguments).assert_refused("aigcbench check --all --store FILE")


def test_a_store_is_recomputed_from_its_decisions(cli, store_file):
    """Every stored score is what the decisions give."""
    answer = cli("check", "--all", "--store", store_file, "--json")
    assert (answer.code, answer.json) == (0, {"store": str(store_file), "rows": 4, "different": []})
    assert cli("check", "--all", "--store", store_file).out == "4 rows recomputed from their decisions, 0 different\n"


def test_several_processes_find_the_same(cli, store_file):
    """Each takes an instance at a time; nothing is counted twice or left out."""
    answer = cli("check", "--all", "--store", store_file, "--jobs", 2, "--json")
    assert (answer.code, answer.json) == (0, {"store": str(store_file), "rows": 4, "different": []})


def test_a_forged_score_is_found(cli, store_file, tmp_path):
    """A score that the decisions don't give is named, exit code 1."""
    forged = tmp_path / "forged.sqlite"
    shutil.copy(store_file, forged)
    database = sqlite3.connect(forged)
    query = (
        "UPDATE rows SET metrics = json_set(metrics, '$.utility', 99.0) WHERE label = 'random' AND instance LIKE '%#1'"
    )
    assert database.execute(query).rowcount == 1
    database.commit()
    database.close()
    answer = cli("check", "--all", "--store", forged)
    assert answer.code == 1
    assert "DIFFERENT: random on assignment/asp-tiny#1" in answer.out
    assert len(cli("check", "--all", "--store", forged, "--json").json["different"]) == 1


def test_a_file_that_is_no_store(cli, tmp_path, instance_file):
    """A missing store is not made, another file is refused."""
    cli("check", "--all", "--store", tmp_path / "none.sqlite").assert_refused("no such file")
    cli("check", "--all", "--store", instance_file).assert_refused("store")
    assert not (tmp_path / "none.sqlite").exists()
