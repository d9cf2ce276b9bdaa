"""``aigcbench bounds``."""

import aigcbench as ab
from aigcbench.problems.problem import score


def test_bounds_of_a_scenario(cli):
    """Each instance gets a bound with the name of its method."""
    answer = cli("bounds", "assignment/asp-tiny", "--seed", 7, "--count", 2, "--seconds", 2, "--json")
    assert (answer.code, answer.err) == (0, "")
    assert [row["instance"] for row in answer.json] == ["assignment/asp-tiny#7", "assignment/asp-tiny#8"]
    assert all(row["method"] for row in answer.json)


def test_the_bound_of_a_file(cli, instance_file, decisions_file):
    """The bound of an instance file is not below what a solver reaches, and the text has the same figure."""
    row = cli("bounds", instance_file, "--seconds", 2, "--json").json[0]
    reached = score(ab.load(instance_file), ab.decisions.DecisionsFile.load(decisions_file).decisions).primary
    assert row["bound"] >= reached
    assert cli("bounds", instance_file, "--seconds", 2).out.startswith(f"{row['instance']}: {row['bound']:.6f} by ")


def test_bad_input(cli, tmp_path, truncated_file, decisions_file):
    """Missing, broken and foreign files, unknown scenarios and no time are one line each."""
    cli("bounds", tmp_path / "none.json").assert_refused("No such file")
    cli("bounds", truncated_file).assert_refused("cannot be read")
    cli("bounds", decisions_file).assert_refused("aigcbench-decisions/1")
    cli("bounds", "assignment/asp-tny").assert_refused("'assignment/asp-tiny'?")
    cli("bounds", tmp_path).assert_refused("unknown name")
    cli("bounds", "assignment/asp-tiny", "--seconds", "0").assert_refused("--seconds")
    cli("bounds", "assignment/asp-tiny", "--count", "0").assert_refused("--count")
