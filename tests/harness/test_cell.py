"""Cells: an identity that is the same everywhere and changes with whatever changes a result."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from aigcbench.checkpoint import Checkpoint, Spent, Training
from aigcbench.discovery import find_solver
from aigcbench.harness.cell import Cell, Outcome, Status
from aigcbench.problems.problem import problem_named
from aigcbench.scenario import scenario_named
from aigcbench.solver import Budget, Limits


@pytest.fixture
def cell(tiny):
    """A cell of a shipped solver."""
    return Cell.of(find_solver("learned-greedy"), {}, tiny, 3, Limits(7.0))


def test_key_is_stable_across_processes(cell):
    """Another process computes the same key."""
    code = (
        "from aigcbench.harness.cell import Cell; from aigcbench.discovery import find_solver;"
        "from aigcbench.scenario import scenario_named; from aigcbench.solver import Limits;"
        "tiny = scenario_named('assignment/asp-tiny').instance(0);"
        "print(Cell.of(find_solver('learned-greedy'), {}, tiny, 3, Limits(7.0)).key)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == cell.key


def test_key_changes(cell, monkeypatch):
    """Solver, version, parameters, source, instance, seed, each limit and the scoring version are in the key."""
    parameter = cell.card.parameters[0]
    other = parameter.default + 0.125
    keys = {
        replace(changed).key
        for changed in (
            cell,
            replace(cell, card=replace(cell.card, name="other")),
            replace(cell, card=replace(cell.card, version=99)),
            replace(cell, card=replace(cell.card, source_sha256="0" * 64)),
            replace(cell, parameters=dict(cell.parameters) | {parameter.name: other}),
            replace(cell, instance_sha256=scenario_named("assignment/asp-tiny").instance(1).sha256),
            replace(cell, seed=4),
            replace(cell, limits=Limits(8.0)),
            replace(cell, limits=Limits(7.0, memory_mb=1.0)),
            replace(cell, limits=Limits(7.0, threads=2)),
            replace(cell, limits=Limits(7.0, gpus=1)),
        )
    }
    assert len(keys) == 11
    monkeypatch.setattr(type(problem_named("assignment")), "scoring_version", 99)
    assert replace(cell).key not in keys


def test_limits_without_accelerators():
    """Limits identify a cell as they did before there were accelerators, where none is asked for."""
    assert Limits(7.0).identity == {"wall_seconds": 7.0, "memory_mb": 4000.0, "threads": 1}
    assert Limits(7.0, gpus=2).identity["gpus"] == 2


def test_key_of_a_learner(cell):
    """Training seed, scenario trained on and checkpoint are in the key of a learner; the budget until there is one."""
    assert replace(cell, budget=Budget(cpu_seconds=1.0)).key == cell.key
    learner = replace(cell, card=replace(cell.card, kind="learner"), training_seed=0)
    training = Training("a", 1, {}, "", "a", cell.scenario, 1, "", 0, Budget())
    first, second = (Checkpoint(training, {"rule": np.full(2, value)}, Spent(1, 1, 1.0), 0.0) for value in (0.0, 1.0))
    keys = {
        replace(changed).key
        for changed in (
            learner,
            replace(learner, training_seed=1),
            replace(learner, trained_on="assignment/asp-paper"),
            replace(learner, budget=Budget(cpu_seconds=1.0)),
            replace(learner, checkpoint=first),
            replace(learner, checkpoint=second),
            replace(learner, checkpoint=second, budget=Budget(cpu_seconds=1.0)),
        )
    }
    assert len(keys) == 6
    assert replace(learner, trained_on="assignment/asp-paper").label == "learned-greedy from assignment/asp-paper"


def test_key_and_order_of_parameters(cell):
    """The order of parameters does not matter; a default that is written out does not either."""
    parameters = dict(reversed(dict(cell.parameters).items()))
    assert replace(cell, parameters=parameters).key == cell.key


def test_entropy(cell):
    """The random stream depends on solver, instance and seed only."""
    assert replace(cell, limits=Limits(1.0)).entropy() == cell.entropy()
    assert replace(cell, seed=4).entropy() != cell.entropy()


def test_outcome():
    """Details are folded into one line; latencies have quantiles where there are any."""
    outcome = Outcome(Status.ERROR, "a\n\x00b" + "c" * 1000, latencies=np.array([1.0, 3.0]))
    assert outcome.detail.startswith("a ?bccc")
    assert len(outcome.detail) == 400
    assert outcome.latency(0.5) == 2.0
    assert np.isnan(Outcome(Status.OK).latency(0.5))
