"""Training: from an order to a checkpoint, whatever the learner does, and exactly on after a kill."""

import json
import subprocess
import sys
import time

import numpy as np
import pytest

from aigcbench.checkpoint import Checkpoint
from aigcbench.discovery import find_solver
from aigcbench.errors import InputError
from aigcbench.harness import training
from aigcbench.harness.cell import Status
from aigcbench.harness.training import Order, run_test, run_training
from aigcbench.solver import Budget, Limits

BUDGET = Budget(environment_steps=1000, updates=5, cpu_seconds=60.0)
TINY = "assignment/asp-tiny"


def order_of(path, task=TINY, seed=0, budget=BUDGET, **parameters):
    """The order to train the learner of a file."""
    return Order.of(find_solver(str(path)), parameters, task, seed, budget)


@pytest.fixture
def train(nursery, tmp_path):
    """Trains in a worker; returns what came of it and the points that were reported."""

    def run(order, folder=tmp_path / "checkpoints", limits=None):
        points = []
        return run_training(nursery, order, folder, limits or Limits(), points.append), points

    return run


def without_time(curve):
    """A curve without the column that no two runs have alike."""
    return [{name: value for name, value in point.items() if name != "cpu_seconds"} for point in curve]


def test_checkpoint(climber, train, tmp_path):
    """A training leaves a checkpoint that says what it is, what it has cost and how it went, and nothing else."""
    order = order_of(climber(), seed=3, step=0.25)
    checkpoint, points = train(order)
    assert [file.name for file in sorted((tmp_path / "checkpoints" / TINY).iterdir())] == [
        "climber-step-0.25-seed3.json",
        "climber-step-0.25-seed3.safetensors",
    ]
    loaded = Checkpoint.load(tmp_path / "checkpoints" / TINY / "climber-step-0.25-seed3.json")
    assert loaded.sha256 == checkpoint.sha256
    assert loaded.training == order.training
    assert (loaded.training.parameters, loaded.training.budget) == ({"step": 0.25}, BUDGET)
    assert (loaded.spent.environment_steps, loaded.spent.updates) == (5 * 6 * 4, 5)
    assert 0.0 < loaded.spent.cpu_seconds < 60.0
    assert [point["updates"] for point in loaded.curve] == [1, 2, 3, 4, 5]
    assert all("loss" not in point for point in loaded.curve)
    assert list(loaded.curve) == points
    assert loaded.validation == max(point["validation"] for point in points)
    assert {"numpy", "safetensors"} <= set(loaded.packages)


def test_same_seed_same_weights(climber, train, tmp_path):
    """The seed determines the weights and the curve; another seed gives others."""
    path = climber()
    first, second = (train(order_of(path), tmp_path / name)[0] for name in ("a", "b"))
    assert first.sha256 == second.sha256
    assert without_time(first.curve) == without_time(second.curve)
    assert train(order_of(path, seed=1))[0].sha256 != first.sha256


def test_kill_and_resume(climber, train, log, tmp_path):
    """A training that is killed twice, and resumed, ends with the checkpoint and curve of an undisturbed one."""
    flags = [tmp_path / "first", tmp_path / "second"]
    disturbance = f"""
            for at, flag in zip((2, 4), {[str(flag) for flag in flags]!r}):
                if updates == at and os.path.exists(flag):
                    os.remove(flag)
                    os.kill(os.getpid(), signal.SIGKILL)
    """.strip()
    order = order_of(climber(disturbance))
    calm, _ = train(order, tmp_path / "calm")
    for flag in flags:
        flag.touch()
    log()
    folder = tmp_path / "killed"
    for _ in flags:
        failure, _ = train(order, folder)
        assert tuple(failure) == (Status.CRASH, "training failed: SIGKILL")
        assert order.state_path(folder).exists()
    resumed, points = train(order, folder)
    assert log() == ["prepared", "trains from 0", "prepared", "trains from 1", "prepared", "trains from 3"]
    assert resumed.sha256 == calm.sha256
    assert without_time(resumed.curve) == without_time(calm.curve)
    assert [point["updates"] for point in points] == [4, 5]
    assert (resumed.spent.environment_steps, resumed.validation) == (calm.spent.environment_steps, calm.validation)
    assert resumed.spent.cpu_seconds >= resumed.curve[0]["cpu_seconds"]
    assert [file.suffix for file in sorted((folder / TINY).iterdir())] == [".json", ".safetensors"]


def test_damaged_state(climber, train, tmp_path):
    """A state that cannot be read is told in one line; it is left for whoever wants to look."""
    order = order_of(climber())
    state = order.state_path(tmp_path / "checkpoints")
    state.parent.mkdir(parents=True)
    state.write_bytes(b"\x10\0\0\0\0\0\0\0{}")
    failure, _ = train(order)
    assert failure.status is Status.ERROR
    assert "unreadable" in failure.detail
    assert state.exists()


FAILURES = {
    "raises": ("raise ValueError('no idea')", "rule", Status.ERROR, "ValueError: no idea (climber.py:"),
    "exits": ("raise SystemExit", "rule", Status.ERROR, "SystemExit"),
    "crashes": ("os.abort()", "rule", Status.CRASH, "SIGABRT"),
    "returns nothing": ("pass", "None", Status.ERROR, "weights: NoneType; expected 1 to 4096 arrays"),
    "returns NaN": ("pass", '{"rule": rule + np.nan}', Status.ERROR, "weights.rule: a number that is not finite"),
    "steps on": (
        "while True: environments.step(actions)",
        "rule",
        Status.ERROR,
        "RuntimeError: the training budget of 1000 environment steps is spent",
    ),
    "illegal actions": (
        'run.validate({"rule": np.vstack([np.zeros((8, 9)), np.ones((1, 9))])})',
        "rule",
        Status.INVALID,
        "rejection: task 0: -1 (reject)",
    ),
    "no weights to validate": ("run.validate(rule)", "rule", Status.ERROR, "weights: ndarray"),
    "a report of words": ("run.report({'updates': 'many'})", "rule", Status.ERROR, "ValueError: invalid literal"),
    "garbage": ("frame(b'O', b'[')", "rule", Status.ERROR, "the solver's process sent a report that cannot be read"),
    "a forged answer": ("frame(b'P', b'{}'); time.sleep(9)", "rule", Status.ERROR, "sent no checkpoint"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "result", "status", "detail"), FAILURES.values(), ids=FAILURES)
def test_learner_that_fails(climber, train, body, result, status, detail, tmp_path):
    """Whatever a learner does wrong is told in one line and leaves no checkpoint."""
    failure, _ = train(order_of(climber(body, result)))
    assert failure.status is status
    assert detail in failure.detail
    assert "\n" not in failure.detail
    assert not list(tmp_path.rglob("*.safetensors"))


def test_learner_overruns_its_budget(climber, train, monkeypatch):
    """A learner that does not stop is stopped from outside: one that computes by its CPU-seconds, one that sleeps by the clock."""
    monkeypatch.setattr(training, "START_SECONDS", 0.5)
    budget = Budget(cpu_seconds=0.1)
    failure, _ = train(order_of(climber("while True: pass"), budget=budget))
    assert tuple(failure) == (Status.TIMEOUT, "training failed: not trained within its CPU-seconds")
    failure, _ = train(order_of(climber("time.sleep(1000)"), budget=budget))
    assert tuple(failure) == (Status.TIMEOUT, "training failed: not trained within 2.5 s")


def test_memory(climber, train):
    """A learner that eats memory is stopped."""
    failure, _ = train(order_of(climber("eaten = np.ones(2 * 10**8)")), limits=Limits(memory_mb=600.0))
    assert failure.status is Status.MEMORY


def test_only_learners_train():
    """No other solver takes an order."""
    with pytest.raises(InputError, match="solver prophet: a policy; expected a learner"):
        Order.of(find_solver("prophet"), {}, TINY, 0, BUDGET)


def test_gymnasium(climber, train, nursery):
    """The same learner trains in an environment of Gymnasium, and is tested there from its weights alone, repeatably."""
    order = order_of(climber(), "gymnasium/CartPole-v1", budget=Budget(updates=3, cpu_seconds=60.0))
    checkpoint, _ = train(order)
    assert checkpoint.weights["rule"].shape == (2, 4)
    returns = run_test(nursery, order, checkpoint, 5, Limits())
    assert returns.shape == (5,)
    assert ((returns >= 8) & (returns <= 500)).all()
    np.testing.assert_array_equal(returns, run_test(nursery, order, checkpoint, 5, Limits()))


def test_driver_killed(climber, train, tmp_path, marked, nursery):
    """The command line killed with SIGKILL in the middle of a training leaves no process; --resume ends as if undisturbed."""
    flag, reached = tmp_path / "go on", tmp_path / "reached"
    path = climber(
        f"if updates == 3 and not os.path.exists({str(flag)!r}): open({str(reached)!r}, 'w'); time.sleep(1000)"
    )
    options = [
        "--solver",
        str(path),
        "--updates",
        "5",
        "--steps",
        "1000",
        "--cpu-seconds",
        "60",
        "--to",
        str(tmp_path / "to"),
    ]
    command = [sys.executable, "-m", "aigcbench", "train", TINY, *options]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as driver:
        while not reached.exists():
            assert driver.poll() is None
        driver.kill()
    deadline = time.monotonic() + 5.0
    while marked() - {nursery._process.pid} and time.monotonic() < deadline:
        time.sleep(0.02)
    assert marked() <= {nursery._process.pid}
    flag.touch()
    done = subprocess.run([*command, "--resume", "--json"], check=True, capture_output=True)
    calm, _ = train(order_of(path))
    assert json.loads(done.stdout)["sha256"] == calm.sha256
