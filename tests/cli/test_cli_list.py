"""``aigcbench list``."""

import shutil

import pytest


def test_solvers(cli):
    """Every solver has its card: name, formulations, family, information class, summary, parameters."""
    answer = cli("list", "solvers", "--json")
    assert (answer.code, answer.err) == (0, "")
    cards = {card["name"]: card for card in answer.json}
    assert cards["prophet"]["information"] == "informed"
    assert cards["prophet"]["formulations"] == ["assignment"]
    assert {card["family"] for card in answer.json} <= {
        "heuristic",
        "exact",
        "genetic",
        "local-search",
        "drl",
        "diffusion",
    }
    assert all(card["summary"] for card in answer.json)
    assert list(cards) == sorted(cards)


@pytest.mark.parametrize("what", ["scenarios", "solvers", "plans"])
def test_tables_and_json_name_the_same(cli, what):
    """The table has a row per entry of the JSON form."""
    names = [row["name"] for row in cli("list", what, "--json").json]
    lines = cli("list", what).out.splitlines()
    assert names
    assert [line.split()[0] for line in lines] == ["name", *names]


def test_scenarios_say_whether_their_fleet_is_fixed(cli):
    """The paper's fleet is fixed, that of a mixed scenario is drawn."""
    fleets = {row["name"]: row["fleet"] for row in cli("list", "scenarios", "--json").json}
    assert (fleets["assignment/asp-paper"], fleets["assignment/asp-mixed"]) == ("fixed", "drawn")


def test_instances_of_a_folder(cli, instance_file, decisions_file):
    """Instance files are listed; a file that is none is named on standard error."""
    answer = cli("list", "instances", "--dir", instance_file.parent, "--json")
    assert [row["name"] for row in answer.json] == ["assignment/asp-tiny#7"]
    assert answer.json[0]["requests"] == 5
    assert decisions_file.name in answer.err
    assert answer.err.count("\n") == 1


def test_an_empty_folder(cli, tmp_path):
    """Nothing is said to be nothing; in JSON it is the empty list."""
    assert cli("list", "instances", "--dir", tmp_path).out == "no instances\n"
    assert cli("list", "instances", "--dir", tmp_path, "--json").json == []


def test_a_missing_folder(cli, tmp_path):
    """A folder that isn't there is bad input."""
    cli("list", "instances", "--dir", tmp_path / "none").assert_refused("none")


def test_a_narrow_terminal_cuts_the_last_column(cli, monkeypatch):
    """On a terminal no line is wider than the terminal."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr(shutil, "get_terminal_size", lambda *_: shutil.os.terminal_size((60, 24)))
    assert max(map(len, cli("list", "scenarios").out.splitlines())) == 60
