"""``aigcbench info``."""

import pytest

from aigcbench.scenario import scenario_names


def test_a_scenario(cli):
    """A scenario shows its parameters and where they come from."""
    answer = cli("info", "assignment/asp-paper")
    assert answer.code == 0
    assert "fleet: fixed" in answer.out
    assert "server_capacity: low 400, high 900, step 100" in answer.out
    assert cli("info", "assignment/asp-paper", "--json").json["parameters"]["servers"] == 20


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario(cli, name):
    """All that a scenario has can be shown."""
    answer = cli("info", name)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(f"name: {name}\n")


def test_ranges_in_a_list(cli):
    """A list of ranges stays a list."""
    assert "flow_work_gflop: (low " in cli("info", "flow/paper").out


def test_a_solver_with_its_parameters(cli):
    """A solver shows each parameter with default, range and help on one line."""
    text = cli("info", "learned-greedy").out
    assert "  optimism: type float, default 1, description standard deviations" in text
    assert cli("info", "learned-greedy", "--json").json["parameters"][0]["maximum"] == 100.0


def test_a_solver_file(cli, tmp_path):
    """A solver file is described as one of the catalogue is."""
    cli("new-solver", "my-rule", "--out", tmp_path)
    assert cli("info", tmp_path / "my_rule.py", "--json").json["name"] == "my-rule"


def test_an_instance_file(cli, instance_file):
    """An instance shows its identity and, of each array, shape, unit and spread."""
    assert "service_server: shape (3), dtype int64, minimum 0" in cli("info", instance_file).out
    data = cli("info", instance_file, "--json").json
    assert data["name"] == "assignment/asp-tiny#7"
    assert len(data["sha256"]) == 64
    assert data["arrays"]["utility_line"]["shape"] == [3, 4]


@pytest.mark.parametrize("by_file", [True, False])
def test_a_plan(cli, plan_file, by_file):
    """A plan shows what it will run, by name and by file."""
    data = cli("info", plan_file if by_file else "certify", "--json").json
    assert data["cells"] == (4 if by_file else len(data["scenarios"]) * len(data["test seeds"]) * len(data["solvers"]))


def test_a_scenario_file(cli, tmp_path):
    """A scenario file of one's own is described too."""
    path = tmp_path / "own.toml"
    path.write_text('schema = "aigcbench-scenario/1"\nversion = 1\nsummary = "own"\nextends = "assignment/asp-tiny"\n')
    assert cli("info", path, "--json").json["name"] == "custom/own"


def test_an_unknown_name_gets_a_hint(cli):
    """A misspelt name is met with the nearest known one."""
    cli("info", "assignment/asp-papr").assert_refused("'assignment/asp-paper'?")
    cli("info", "xyzzy-quux").assert_refused("aigcbench list")


def test_files_that_are_nothing(cli, tmp_path, truncated_file, decisions_file):
    """Broken files, folders and files of another kind are one line each."""
    cli("info", tmp_path).assert_refused(tmp_path.name)
    cli("info", truncated_file).assert_refused("truncated.json.gz")
    cli("info", decisions_file).assert_refused("aigcbench-decisions/1")
    cli("info", tmp_path / "none.toml").assert_refused("cannot be read")
