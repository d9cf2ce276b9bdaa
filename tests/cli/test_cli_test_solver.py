"""``aigcbench test-solver``."""

import pytest

from aigcbench import trial

POLICY = """
from aigcbench.solver import Policy
class One(Policy):
    name, family, formulations, information = "one", "heuristic", ("assignment",), "online"
    def act(self, observation):
        return {action}
"""


@pytest.fixture(autouse=True)
def one_scenario(monkeypatch):
    """A suite of one scenario; which checks there are is tested with the trial."""
    monkeypatch.setattr(trial, "scenario_names", lambda: ["assignment/asp-tiny"])


def test_a_good_solver(cli, tmp_path):
    """A line per check, a line of summary, exit code 0."""
    path = tmp_path / "one.py"
    path.write_text(POLICY.format(action="1"))
    answer = cli("test-solver", path)
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert all(line.startswith("pass  ") for line in lines[:-1])
    assert lines[-1] == f"one: {len(lines) - 1} of {len(lines) - 1} checks passed"


def test_a_bad_solver(cli, tmp_path):
    """A check that fails says why; exit code 1."""
    path = tmp_path / "one.py"
    path.write_text(POLICY.format(action="99"))
    answer = cli("test-solver", path)
    assert (answer.code, answer.err) == (1, "")
    assert "FAIL  assignment/asp-tiny: decides: invalid: service-range: task 0: service 99" in answer.out
    assert answer.out.endswith("one: 1 of 2 checks passed\n")
    data = cli("test-solver", path, "--json").json
    assert (data["solver"], data["passed"]) == ("one", False)
    assert [check["passed"] for check in data["checks"]] == [True, False]


def test_files_that_hold_no_solver(cli, tmp_path):
    """Missing files, broken files and bad declarations are bad input, one line."""
    broken = tmp_path / "broken.py"
    broken.write_text("def (:\n")
    cli("test-solver", tmp_path / "none.py").assert_refused("no such file")
    cli("test-solver", broken).assert_refused("SyntaxError")
    cli("test-solver", "profet").assert_refused("'prophet'?")
    cli("test-solver", "prophet", "--time-limit", "0").assert_refused("--time-limit")
