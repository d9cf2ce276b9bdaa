"""The road of a notebook: make, solve, check, load, results."""

import doctest
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import aigcbench as ab
from aigcbench.errors import InputError, InvalidDecisions
from aigcbench.harness.cell import Status

SCRIPT = """
import aigcbench as ab
instance = ab.make("assignment/asp-tiny", seed=7)
print(ab.solve(instance, "prophet").score["utility"])
print(ab.solve(instance, "milp", time_limit=5).status)
"""


@pytest.fixture(scope="module")
def instance():
    """An instance of five tasks."""
    return ab.make("assignment/asp-tiny", seed=7)


@pytest.fixture(scope="module")
def result(instance):
    """What the prophet does on it."""
    return ab.solve(instance, "prophet")


def test_the_example_of_the_package():
    """The package's own docstring runs."""
    assert doctest.testmod(ab, raise_on_error=True).attempted >= 3


def test_the_names_are_known_before_they_are_loaded():
    """Completion and wrong names work though the facade is imported late."""
    code = "import aigcbench, sys; print(set(aigcbench.__all__) <= set(dir(aigcbench)), 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"True False\n"
    with pytest.raises(AttributeError, match="has no attribute 'slove'"):
        _ = ab.slove


def test_make():
    """Scenario, seed and split name one instance."""
    assert ab.make("assignment/asp-tiny").name == "assignment/asp-tiny#0"
    assert ab.make("assignment/asp-tiny", 3, "train").name == "assignment/asp-tiny#train3"
    with pytest.raises(InputError, match=r"'assignment/asp-tiny'\?"):
        ab.make("assignment/asp-tny")


def test_solve(instance, result):
    """A result carries decisions, their score and the times; the score is the checker's."""
    assert (result.status, result.detail, result.solver) == (Status.OK, "", "prophet")
    assert dict(ab.check(instance, result.decisions).metrics) == dict(result.score.metrics)
    assert result.score["utility"] == result.score.primary == pytest.approx(1.0816666666666668)
    assert 0 < result.decision_p50_s <= result.decision_p99_s < result.wall_seconds


def test_a_planner_has_an_anytime_curve(instance):
    """A planner's incumbents are pairs of time and score, the last one its result."""
    result = ab.solve(instance, "milp", time_limit=10)
    assert result.anytime[-1][1] == result.score.primary
    assert result.decision_p50_s != result.decision_p50_s  # NaN: it takes no single decisions


def test_a_summary_for_people(instance, result):
    """Printing a result shows its status, every metric with its unit, the primary one marked, and the times."""
    lines = str(result).splitlines()
    assert lines[0] == "prophet on assignment/asp-tiny#7: ok"
    assert lines[1].split() == ["*utility", "1.0817"]
    assert [line[2:].split()[0] for line in lines[1:-2]] == [metric.name for metric in result.score.definitions]
    assert lines[-2].split()[-1] == "s"
    assert lines[-1].endswith("us, process boundary included")
    assert "array" not in repr(result)


def test_a_failure_is_a_result(instance, tmp_path):
    """A solver's own failure raises nothing; the summary says what happened."""
    path = tmp_path / "bad.py"
    path.write_text(
        "from aigcbench.solver import Policy\nclass Bad(Policy):\n"
        "    name, family, formulations, information = 'bad', 'heuristic', ('assignment',), 'online'\n"
    )
    result = ab.solve(instance, str(path))
    assert (result.status, result.decisions, result.score) == (Status.ERROR, None, None)
    assert str(result).startswith("bad on assignment/asp-tiny#7: error (TypeError: Bad has no act(observation)")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"solver": "profet"}, "'prophet'?"),
        ({"parameters": {"a": 1}}, "has no parameters"),
        ({"time_limit": 0}, "limits.wall_seconds"),
        ({"time_limit": float("nan")}, "limits.wall_seconds"),
        ({"memory_limit": -1}, "limits.memory_mb"),
        ({"threads": 1.5}, "limits.threads"),
    ],
)
def test_bad_arguments_raise(instance, options, word):
    """What the caller gets wrong is an InputError."""
    with pytest.raises(InputError) as error:
        ab.solve(**{"instance": instance, "solver": "prophet"} | options)
    assert word in str(error.value)


def test_check_refuses_illegal_decisions(instance, result):
    """Decisions that break a rule are named."""
    service = result.decisions["service"].copy()
    service[1] = -1
    with pytest.raises(InvalidDecisions, match="task 1"):
        ab.check(instance, service)


def test_save_and_load(instance, tmp_path):
    """An instance comes back from its file."""
    instance.save(tmp_path / "i.json.gz")
    assert ab.load(tmp_path / "i.json.gz").sha256 == instance.sha256
    with pytest.raises(InputError, match="No such file"):
        ab.load(tmp_path / "none.json")


def test_results_of_a_missing_store(tmp_path):
    """Looking at a store does not make one."""
    with pytest.raises(InputError, match="no such file"):
        ab.results(tmp_path / "none.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_threads_take_turns(instance):
    """Calls from several threads do not mix."""
    with ThreadPoolExecutor(4) as executor:
        results = list(executor.map(lambda seed: ab.solve(instance, "random", seed=seed), [1, 2, 1, 2]))
    services = [result.decisions["service"].tolist() for result in results]
    assert services[:2] == services[2:]
    assert services[0] != services[1]


def test_a_plain_script_needs_no_guard(tmp_path):
    """A script without ``if __name__ == "__main__"`` runs once, ends, and leaves no process behind."""
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == ("1.0816666666666668\nok\n", "")
