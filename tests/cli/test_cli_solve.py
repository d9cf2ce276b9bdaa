"""``aigcbench solve``."""

from pathlib import Path

import pytest

import aigcbench as ab
from aigcbench.decisions import DecisionsFile

BAD_POLICY = """
from aigcbench.solver import Policy
class Bad(Policy):
    name, family, formulations, information = "bad", "heuristic", ("assignment",), "online"
    def act(self, observation):
        raise ValueError("no idea")
"""


def test_json(cli, instance_file, tmp_path):
    """One object with status, times and the metrics that the checker computes from the decisions written."""
    out = tmp_path / "sub" / "d.json.gz"
    answer = cli("solve", instance_file, "--solver", "prophet", "--out", out, "--json")
    assert (answer.code, answer.err) == (0, "")
    data = answer.json
    assert (data["instance"], data["solver"], data["status"]) == ("assignment/asp-tiny#7", "prophet", "ok")
    assert data["decision_p50_s"] > 0
    score = ab.check(ab.load(instance_file), DecisionsFile.load(out).decisions)
    assert data["metrics"] == dict(score.metrics)


def test_text(cli, instance_file, tmp_path):
    """A person sees status, every metric with its unit, times, and where the decisions are."""
    answer = cli("solve", instance_file, "--solver", "prophet", "--out", tmp_path / "d.json")
    assert answer.out.startswith("prophet on assignment/asp-tiny#7: ok\n *utility ")
    assert f"decisions written to {tmp_path / 'd.json'}" in answer.out


def test_a_seed_gives_one_result(cli, instance_file):
    """The same seed decides alike, another one differs."""
    scores = [
        cli("solve", instance_file, "--solver", "random", "--seed", s, "--json").json["metrics"] for s in (1, 1, 2)
    ]
    assert scores[0] == scores[1] != scores[2]


def test_parameters(cli, instance_file):
    """Parameters reach the solver in their types."""
    answer = cli("solve", instance_file, "--solver", "learned-greedy", "--param", "optimism=2.5", "--json")
    assert answer.json["parameters"] == {"optimism": 2.5}


@pytest.mark.parametrize(
    ("parameters", "word"),
    [
        (["optimsm=1"], "'optimism'?"),
        (["optimism"], "name=value"),
        (["optimism=much"], "float"),
        (["optimism=nan"], "out of range"),
        (["optimism=-1"], "out of range"),
        (["optimism=1", "optimism=2"], "given twice"),
        (["=1"], "unknown key"),
    ],
)
def test_bad_parameters(cli, instance_file, parameters, word):
    """Each way to give a parameter wrongly is told apart."""
    options = [option for text in parameters for option in ("--param", text)]
    cli("solve", instance_file, "--solver", "learned-greedy", *options).assert_refused(word)


def test_a_solver_without_parameters(cli, instance_file):
    """A parameter for a solver that has none is refused."""
    cli("solve", instance_file, "--solver", "prophet", "--param", "a=1").assert_refused("has no parameters")


def test_unknown_solvers(cli, instance_file, tmp_path):
    """A misspelt name gets a hint; a missing or empty file is said to be so."""
    (tmp_path / "empty.py").write_text("")
    cli("solve", instance_file, "--solver", "profet").assert_refused("'prophet'?")
    cli("solve", instance_file, "--solver", tmp_path / "none.py").assert_refused("no such file")
    cli("solve", instance_file, "--solver", tmp_path / "empty.py").assert_refused("defines no solver")


def test_bad_instances(cli, tmp_path, truncated_file, decisions_file):
    """Missing, truncated and foreign files, and folders, are one line each."""
    changed = tmp_path / "changed.json"
    changed.write_bytes(ab.make("assignment/asp-tiny", 7).to_bytes().replace(b'"seed":7', b'"seed":8'))
    for path, word in [
        (tmp_path / "none.json", "No such file"),
        (truncated_file, "cannot be read"),
        (tmp_path, "directory"),
        (decisions_file, "aigcbench-decisions/1"),
        (Path(__file__), "not JSON"),
        (changed, "sha256"),
    ]:
        cli("solve", path, "--solver", "prophet").assert_refused(path.name, word)


def test_an_unwritable_output_is_refused_before_the_work(cli, instance_file, tmp_path, monkeypatch):
    """Nobody waits for a solver whose decisions can't be kept."""
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(ab.facade, "run_cell", lambda *_: pytest.fail("has run"))
    for out in (tmp_path, tmp_path / "file" / "d.json"):
        cli("solve", instance_file, "--solver", "prophet", "--out", out).assert_refused("cannot be written")


def test_a_failing_solver(cli, instance_file, tmp_path):
    """A solver's own failure is exit code 1 with its status and place; no decisions are written."""
    path, out = tmp_path / "bad.py", tmp_path / "d.json"
    path.write_text(BAD_POLICY)
    answer = cli("solve", instance_file, "--solver", path, "--out", out, "--json")
    assert (answer.code, answer.json["status"], answer.json["metrics"]) == (1, "error", None)
    assert "ValueError: no idea (bad.py:6)" in answer.json["detail"]
    assert not out.exists()
    text = cli("solve", instance_file, "--solver", path)
    assert (text.code, text.err) == (1, "")
    assert text.out.startswith("bad on assignment/asp-tiny#7: error (ValueError: no idea (bad.py:6))")
