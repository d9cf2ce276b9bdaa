"""Fixtures of the harness: solver files from source strings, one nursery, and proof that nothing is left behind."""

import os
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent, indent

import psutil
import pytest

from aigcbench.card import SolverCard
from aigcbench.discovery import describe, find_solver
from aigcbench.harness.cell import Cell, Outcome, Status
from aigcbench.harness.nursery import Nursery
from aigcbench.harness.supervisor import run_cell
from aigcbench.instance import Instance
from aigcbench.scenario import scenario_named
from aigcbench.solver import Limits

MARK = "AIGCBENCH_TEST_MARK"
PRELUDE = '''
import ctypes, os, signal, stat, struct, subprocess, sys, threading, time
import numpy as np
from aigcbench.solver import Learner, Planner, Policy, parameter

class Declared:
    name, family, formulations = "rogue", "heuristic", ("*",)

def channel():
    """The socket to the supervisor."""
    for number in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                return number
        except OSError:
            pass

def frame(kind, payload, length=None):
    """A frame as the channel writes it, or one whose length lies."""
    os.write(channel(), struct.pack("<cQ", kind, len(payload) if length is None else length) + payload)
'''
POLICY = """
class Rogue(Declared, Policy):
    information = "online"
    def act(self, observation):
{body}
        return 0
"""
PLANNER = """
class Rogue(Declared, Planner):
    def plan(self, instance, limits, rng, incumbent):
        legal = np.zeros(len(instance["task_arrival"]), np.int64)
{body}
        return legal
"""


@pytest.fixture(scope="session", autouse=True)
def mark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A word in the environment of every process that these tests start, and a temporary folder of their own."""
    with pytest.MonkeyPatch.context() as patch:
        word = uuid.uuid4().hex
        patch.setenv(MARK, word)
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("scratch")))
        yield word


@pytest.fixture(scope="session")
def marked(mark: str) -> Callable[[], set[int]]:
    """Finds every live process, wherever it hangs, that these tests have started, this one left out."""

    def find() -> set[int]:
        found = set()
        for process in psutil.process_iter():
            try:
                if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == mark:
                    found.add(process.pid)
            except psutil.Error:
                continue
        return found - {os.getpid()}

    return find


@pytest.fixture(scope="session")
def nursery(mark: str) -> Iterator[Nursery]:
    """One nursery for all tests."""
    with Nursery() as opened:
        yield opened


@pytest.fixture(scope="session")
def tiny() -> Instance:
    """An instance of a few tasks, on which rejection is forbidden."""
    return scenario_named("assignment/asp-tiny").instance(0)


@pytest.fixture
def solver_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes a solver file from source, after a prelude of imports and helpers."""

    def write(source: str, name: str = "rogue.py") -> Path:
        path = tmp_path / name
        path.write_text(PRELUDE + dedent(source))
        return path

    return write


@pytest.fixture
def rogue(solver_file: Callable[..., Path]) -> Callable[..., SolverCard]:
    """The card of a solver in a file: a policy's ``act`` or a planner's ``plan`` with the given body, or whole source."""

    def card(body: str, kind: str = "policy") -> SolverCard:
        templates = {"policy": POLICY, "planner": PLANNER, "source": "{body}"}
        body = dedent(body) if kind == "source" else indent(dedent(body).strip(), " " * 8)
        return describe(str(solver_file(templates[kind].format(body=body))))[0]

    return card


@pytest.fixture
def run(nursery: Nursery, tiny: Instance, marked: Callable[[], set[int]]) -> Callable[..., Outcome]:
    """Runs one cell; holds that it ends in time, leaves no process and no file, and that the next cell is well."""

    def run_one(card: SolverCard, seconds: float = 10.0, memory_mb: float = 4000.0, **more: object) -> Outcome:
        start = time.monotonic()
        cell = Cell.of(card, {}, more.pop("instance", tiny), 0, Limits(seconds, memory_mb))
        outcome = run_cell(nursery, cell, more.pop("on", tiny), **more)
        took = time.monotonic() - start
        assert took < seconds + 5.0  # about 2 s, and as much again for a busy machine
        assert nursery.descendants() == []
        assert marked() <= {nursery._process.pid}
        assert list(Path(tempfile.gettempdir()).iterdir()) == []
        assert "\n" not in outcome.detail
        assert len(outcome.detail) <= 400
        honest = Cell.of(find_solver("crash-avoid"), {}, tiny, 0, Limits(10.0))
        assert run_cell(nursery, honest, tiny).status is Status.OK
        return outcome

    return run_one


CLIMBER = """
class Rule(Policy):
    information = "online"
    def __init__(self, rule): self.rule = rule
    def reset(self, context, rng): self.scale, self.n_actions = context.scale, context.n_actions
    def act(self, observation):
        action = int((self.rule @ (observation.vector / self.scale)).argmax())
        return action if action < self.n_actions else -1

def note(what):
    with open({log!r}, "a") as stream: stream.write(what + chr(10))

class Climber(Declared, Learner):
    \"\"\"Hill climbing over linear rules, by random steps that are kept where they are no worse.\"\"\"
    name, information = "climber", "online"
    step: float = parameter(0.5, "length of a step", minimum=0.0)

    def prepare(self): note("prepared")
    def environment_batch(self): return 4, "online"

    def train(self, environments, budget, rng, run):
        shape = (environments.single_action_space.n, environments.single_observation_space.shape[0])
        rule, best, updates = np.zeros(shape), -np.inf, 0
        if run.saved is not None:
            rule, best, updates = run.saved["rule"], float(run.saved["best"]), int(run.saved["updates"])
        note(f"trains from {{updates}}")
        while updates < budget.updates:
            observations, _ = environments.reset(seed=int(rng.integers(2**31)))
            candidate, earned = rule + self.step * rng.standard_normal(shape), 0.0
            for _ in range(6):
                actions = (observations @ candidate.T).argmax(axis=1)
                observations, rewards, *_ = environments.step(actions)
                earned += rewards.mean()
            score, updates = run.validate({{"rule": candidate}}), updates + 1
            if score >= best:
                rule, best = candidate, score
            {disturbance}
            run.report({{"updates": updates, "validation": score, "earned": earned, "loss": float("nan")}})
            run.save({{"rule": rule, "best": np.array(best), "updates": np.array(updates)}})
        return {result}

    def policy(self, weights): return Rule(weights["rule"])
"""


@pytest.fixture
def log(tmp_path: Path) -> Callable[[], list[str]]:
    """What the climber has noted of itself since it was last asked."""

    def read() -> list[str]:
        path = tmp_path / "log"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines

    return read


@pytest.fixture
def climber(solver_file: Callable[..., Path], tmp_path: Path) -> Callable[..., Path]:
    """The file of a tiny learner, undisturbed or with a line of code in its loop."""

    def write(disturbance: str = "pass", result: str = '{"rule": rule}') -> Path:
        source = CLIMBER.format(log=str(tmp_path / "log"), disturbance=disturbance, result=result)
        return solver_file(source, "climber.py")

    return write
