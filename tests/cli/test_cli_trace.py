"""``aigcbench trace``."""

import pytest

import aigcbench as ab
from aigcbench.harness.plan import load_plan


def test_a_trace_becomes_instances_and_a_plan(cli, data, tmp_path):
    """Each window is a file that says where it is from; the plan runs them all."""
    source = data / "traces" / "gentd26.csv"
    options = "--format", "gentd26", "--to", "flow/paper", "--windows", 2, "--out", tmp_path
    answer = cli("trace", "import", source, *options, "--json")
    files = [tmp_path / f"gentd26-flow-paper-{k}.json.gz" for k in range(2)]
    assert [row["file"] for row in answer.json["instances"]] == [str(path) for path in files]
    assert (answer.json["requests"], answer.json["left_out"]) == (58, 2)
    instances = [ab.load(path) for path in files]
    assert [i.name for i in instances] == ["gentd26/flow/paper#0", "gentd26/flow/paper#1"]
    plan = load_plan(str(tmp_path / "gentd26-flow-paper.toml"))
    assert [i.sha256 for i in plan.draw()] == [row["sha256"] for row in answer.json["instances"]]
    assert plan.solvers[0].card.name == "random"
    assert cli("trace", "import", source, *options, "--json").json == answer.json


@pytest.mark.parametrize("scenario", ["assignment/asp-paper", "offloading/paper", "flow/paper"])
@pytest.mark.parametrize(("name", "file"), [("gentd26", "gentd26"), ("azure-llm", "azure-llm"), ("csv", "requests")])
def test_imported_instances_are_solved(cli, data, tmp_path, scenario, name, file):
    """What was imported runs like any other instance."""
    source = data / "traces" / f"{file}.csv"
    cli("trace", "import", source, "--format", name, "--to", scenario, "--out", tmp_path)
    (instance,) = tmp_path.glob("*.json.gz")
    assert instance.name == f"{file}-{scenario.replace('/', '-')}-0.json.gz"
    problem = ab.load(instance)
    assert ab.solve(problem, "round-robin").score.primary >= 0


def test_another_rate_is_another_scenario(cli, data, tmp_path):
    """Loads don't mix on a leaderboard."""
    source = data / "traces" / "azure-llm.csv"
    answer = cli(
        "trace", "import", source, "--format", "azure-llm", "--to", "flow/paper", "--rate", 1.5, "--out", tmp_path
    )
    assert "next: aigcbench run" in answer.out
    assert ab.load(tmp_path / "azure-llm-flow-paper-x1-5-0.json.gz").scenario == "azure-llm/flow/paper-x1-5"


def test_another_instance_is_not_overwritten(cli, data, tmp_path):
    """Another window under the same name is refused; with a name of its own it is written."""
    source = data / "traces" / "requests.csv"
    call = "trace", "import", source, "--format", "csv", "--to", "flow/paper", "--out", tmp_path
    cli(*call)
    answer = cli(*call, "--start", 100)
    assert answer.code == 2
    assert "is another instance" in answer.err
    assert cli(*call, "--start", 100, "--name", "later").code == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--to", "caching/paper"), "caching makes no instances from traces"),
        (("--to", "flow/papre"), "flow/paper"),
        (("--to", "flow/paper", "--rate", "0"), "--rate"),
        (("--to", "flow/paper", "--rate", "nan"), "--rate"),
        (("--to", "flow/paper", "--start", "-1"), "--start"),
        (("--to", "flow/paper", "--windows", "100000"), "--windows"),
        (("--to", "flow/paper", "--name", "a/b"), "--name"),
    ],
)
def test_bad_options_are_refused(cli, data, tmp_path, options, words):
    """One line, exit code 2."""
    source = data / "traces" / "requests.csv"
    cli("trace", "import", source, "--format", "csv", "--out", tmp_path, *options).assert_refused(words)


def test_a_file_of_another_format_is_refused(cli, data, tmp_path):
    """The missing column is named."""
    source = data / "traces" / "requests.csv"
    options = "--format", "azure-llm", "--to", "flow/paper", "--out", tmp_path
    cli("trace", "import", source, *options).assert_refused("line 1: no column 'TIMESTAMP'")
