"""The trial: each kind of bad solver fails the check that is made for it, with a reason."""

from contextlib import nullcontext

import pytest

from aigcbench import trial
from aigcbench.discovery import find_solver
from aigcbench.harness.nursery import Nursery
from aigcbench.trial import try_solver

POLICY = """
import numpy as np
from aigcbench.solver import Policy

class Tried(Policy):
    name, family, formulations, information = "tried", "heuristic", ("assignment",), "online"

    def reset(self, context, rng):
        self.rng, self.n_actions = rng, context.n_actions

    def act(self, observation):
        {act}

    {more}
"""
PLANNER = """
import numpy as np
from aigcbench.solver import Planner

class Tried(Planner):
    name, family, formulations = "tried", "genetic", ("assignment",)

    def plan(self, instance, limits, rng, incumbent):
        {plan}
"""
TINY = "assignment/asp-tiny"
DECIDES, REPEATS = f"{TINY}: decides", f"{TINY}: same seed, same decisions"
COMPILED = f"{TINY}: compiled form decides alike (if there is one)"
REAL_SIZE = "assignment/asp-paper: real size in 60 s"


@pytest.fixture(scope="module")
def nursery():
    """One nursery for all trials of this file: starting one is most of a trial's time."""
    with Nursery() as nursery:
        yield nursery


@pytest.fixture
def tried(tmp_path, monkeypatch, nursery):
    """Runs the suite, on asp-tiny and if wanted asp-paper, for a solver given as source."""

    def run(source: str, time_limit: float = 60.0, paper: bool = False) -> dict[str, tuple[bool, str]]:
        scenarios = [TINY, "assignment/asp-paper"] if paper else [TINY]
        monkeypatch.setattr(trial, "scenario_names", lambda: scenarios)
        monkeypatch.setattr(trial, "Nursery", lambda threads: nullcontext(nursery))
        path = tmp_path / "tried.py"
        path.write_text(source)
        verdicts = try_solver(find_solver(str(path)), time_limit)
        return {verdict.check: (verdict.passed, verdict.seen) for verdict in verdicts}

    return run


def policy(act: str, more: str = "") -> str:
    """Source of a policy."""
    return POLICY.format(act=act, more=more)


def test_a_sound_policy_passes(tried):
    """Legal, repeatable, no compiled form, and fast enough at real size."""
    verdicts = tried(policy("return self.rng.integers(self.n_actions)"), paper=True)
    assert list(verdicts) == ["declaration", DECIDES, REPEATS, COMPILED, REAL_SIZE]
    assert all(passed for passed, _ in verdicts.values())
    assert verdicts["declaration"][1] == "policy, online, assignment"
    assert verdicts[REAL_SIZE][1].startswith("utility ")
    assert "decision p50" in verdicts[REAL_SIZE][1]


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        ("return 99", "invalid: service-range: task 0: service 99"),
        ("return -1", "invalid: rejection: task 0: -1 (reject)"),
        ("return None", "error: TypeError: "),
        ("return 0.5", "error: TypeError: "),
        ("return np.zeros(3, int)", "error: TypeError: "),
        ("return self.missing", "error: AttributeError: 'Tried' object has no attribute 'missing' (tried.py:12)"),
        ("return observation.utility.argmax()", "error: AttributeError: this observation has no part 'utility'"),
        ("import os; os._exit(5)", "exit code 5"),
        ("import os; os.abort()", "crash: SIGABRT"),
    ],
)
def test_illegal_decisions(tried, act, reason):
    """The first check fails with status, rule or exception, and place."""
    verdicts = tried(policy(act))
    assert list(verdicts) == ["declaration", DECIDES]
    passed, seen = verdicts[DECIDES]
    assert not passed
    assert reason in seen


def test_a_policy_without_end(tried):
    """A solver that passes the limit is told so."""
    assert tried(policy("while True: pass"), time_limit=0.2)[DECIDES] == (False, "timeout: not done within 0.2 s")


def test_a_policy_with_its_own_dice(tried):
    """Random numbers from elsewhere than ``rng`` are found out."""
    verdicts = tried(policy("return np.random.default_rng().integers(self.n_actions)"))
    assert verdicts[DECIDES][0]
    assert verdicts[REPEATS] == (False, "two runs decided differently")


@pytest.mark.parametrize(
    ("decide", "passed", "reason"),
    [
        ("int(state[0])", True, "identical"),
        ("1 - int(state[0])", False, "it decides differently"),
        ("99", False, "service-range: task 0: service 99"),
    ],
)
def test_a_compiled_form(tried, monkeypatch, decide, passed, reason):
    """A compiled form must be legal and decide as ``act`` does."""
    monkeypatch.setattr(trial, "TINY_INSTANCES", 1)
    compiled = f"""def compiled(self):
        from numba import njit
        return njit(lambda vector, reward, state: {decide}), np.zeros(1)"""
    verdict = tried(policy("return 0", compiled))[COMPILED]
    assert verdict[0] is passed
    assert reason in verdict[1]


def test_planners(tried):
    """A planner is asked for legal and repeatable plans; decisions of another form are refused."""
    good = PLANNER.format(plan='return np.zeros(len(instance["task_steps"]), int)')
    assert all(passed for passed, _ in tried(good).values())
    assert COMPILED not in tried(good)
    short = PLANNER.format(plan="return np.zeros(1, int)")
    assert tried(short)[DECIDES][1].startswith("invalid: length: task 1: ")
    fractions = PLANNER.format(plan='return np.zeros(len(instance["task_steps"]))')
    assert "dtype float64" in tried(fractions)[DECIDES][1]


def test_a_formulation_that_does_not_exist(tried):
    """A misspelt formulation is no solver of anything; the known ones are named."""
    verdicts = tried(policy("return 0").replace("assignment", "asignment"))
    ((passed, seen),) = verdicts.values()
    assert not passed
    assert seen.startswith("policy, online, asignment; the formulations are assignment")
