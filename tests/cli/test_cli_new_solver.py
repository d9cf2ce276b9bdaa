"""``aigcbench new-solver``: templates that work as they are."""

import ast

import pytest

import aigcbench as ab
from aigcbench import trial


@pytest.mark.parametrize("kind", ["policy", "planner", "learner"])
@pytest.mark.parametrize(
    "scenarios", [["assignment/asp-tiny", "assignment/asp-paper"], pytest.param(None, marks=pytest.mark.heavy)]
)
def test_a_template_passes_the_suite_as_it_is(cli, tmp_path, monkeypatch, kind, scenarios):
    """Every check of test-solver holds for a solver that was just made."""
    if scenarios:
        monkeypatch.setattr(trial, "scenario_names", lambda: scenarios)
    made = cli("new-solver", f"my-{kind}", "--kind", kind, "--out", tmp_path)
    path = tmp_path / f"my_{kind}.py"
    assert (made.code, made.out) == (0, f"{path} written; try: aigcbench test-solver {path}\n")
    answer = cli("test-solver", path, "--json")
    assert (answer.code, answer.json["passed"], answer.json["solver"]) == (0, True, f"my-{kind}"), answer.out


def test_a_policy_is_fifteen_lines(cli, tmp_path):
    """The policy's template has at most 15 lines of code, imports included."""
    cli("new-solver", "my-rule", "--out", tmp_path)
    tree = ast.parse((tmp_path / "my_rule.py").read_text())
    documentation = {
        node.value.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    assert len({node.lineno for node in ast.walk(tree) if hasattr(node, "lineno")} - documentation) <= 15


def test_the_policy_respects_its_reserve(cli, tmp_path):
    """Where rejection is allowed, a task that would eat into the reserve is rejected."""
    cli("new-solver", "my-rule", "--out", tmp_path)
    instance = ab.make("assignment/asp-stress2")
    shares = []
    for reserve in (0, 200, 10_000):
        result = ab.solve(instance, str(tmp_path / "my_rule.py"), parameters={"reserve": reserve})
        assert result.score["crash_rate"] == 0.0
        shares.append(result.score["rejected_rate"])
    assert 0.0 < shares[0] < shares[1] < shares[2] == 1.0


@pytest.mark.parametrize(
    "name", ["", "My-Rule", "my_rule", "1st", "-x", "a--b", "a-", "a/b", "../a", "a.py", "ä", "a b", "a\nb", "x" * 61]
)
def test_bad_names(cli, tmp_path, name):
    """A name that the benchmark would refuse later is refused now, and nothing is written."""
    answer = cli("new-solver", "--out", tmp_path, "--", name)
    answer.assert_refused("a letter first")
    assert list(tmp_path.iterdir()) == []


def test_names_that_are_taken(cli, tmp_path):
    """A solver of the catalogue can't be given a double."""
    cli("new-solver", "prophet", "--out", tmp_path).assert_refused("'prophet'", "a name of its own")


def test_nothing_is_overwritten(cli, tmp_path):
    """An existing file stays as it is."""
    path = tmp_path / "my_rule.py"
    path.write_text("mine")
    cli("new-solver", "my-rule", "--out", tmp_path).assert_refused("exists already")
    assert path.read_text() == "mine"
    cli("new-solver", "my-rule", "--out", path).assert_refused("cannot be written")


def test_a_file_called_like_a_library_module(cli, tmp_path, monkeypatch):
    """A solver file in the current folder never stands in for a module of the standard library."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(trial, "scenario_names", lambda: ["assignment/asp-tiny"])
    cli("new-solver", "random", "--out", tmp_path).assert_refused("'random'")
    cli("new-solver", "queue", "--out", tmp_path)
    assert cli("test-solver", "queue.py").code == 0
