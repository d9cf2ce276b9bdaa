"""The training loop with a learner that only counts, and real learners killed and resumed."""

from collections.abc import Mapping

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from aigcbench.discovery import find_solver, load_module  # noqa: E402
from aigcbench.learning.training import Reporter, TrainingPlan, Turn, train  # noqa: E402
from aigcbench.solver import Budget  # noqa: E402

SMALL = {
    "dqn": {"hidden": 16, "batch": 16, "warm_up": 100, "n_steps": 3, "replay": 500},
    "sac": {"hidden": 16, "batch": 16, "warm_up": 100},
    "d2sac": {"hidden": 16, "batch": 16, "warm_up": 100, "chain_steps": 2},
    "ppo": {"hidden": 16, "batch": 32, "rollout": 8},
    "reinforce": {"hidden": 16, "rollout": 8},
    "double-dqn": {"hidden": 16, "batch": 16, "warm_up": 100},
    "prioritized-dqn": {"hidden": 16, "batch": 16, "warm_up": 100, "replay": 500},
    "rainbow": {"hidden": 16, "batch": 16, "warm_up": 100, "replay": 500, "atoms": 5},
    "drqn": {"hidden": 16, "batch": 16, "warm_up": 100, "replay": 500, "sequence": 4},
    "linear-q": {"hidden": 16, "batch": 16, "warm_up": 100},
}


def small(name: str, **parameters):
    """A learner of 200 updates, small enough for a test."""
    card = find_solver(name)
    learner = getattr(load_module(card.location), card.class_name)
    return learner(**{"environments": 8, "updates": 200, "validations": 8, "saves": 4} | SMALL[name] | parameters)


class Counting:
    """Turns of two updates and ten environment steps, whose weights are the number of updates."""

    def __init__(self) -> None:
        self.n_updates, self.restarts, self.shares = 0, 0, []

    def restart(self) -> None:
        self.restarts += 1

    def turn(self, share: float) -> Turn:
        self.n_updates += 2
        self.shares.append(share)
        return Turn(10, 2, {})

    def weights(self) -> dict[str, np.ndarray]:
        return {"updates": np.array(self.n_updates)}

    def arrays(self) -> dict[str, np.ndarray]:
        return {"updates": np.array(self.n_updates)}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        self.n_updates = int(arrays["updates"])


@pytest.mark.parametrize(
    ("plan", "budget", "updates"),
    [
        pytest.param(TrainingPlan(100, 5, 2), Budget(), 100, id="plan"),
        pytest.param(TrainingPlan(100, 5, 2), Budget(updates=40), 40, id="updates"),
        pytest.param(TrainingPlan(100, 5, 2), Budget(environment_steps=150), 30, id="environment-steps"),
    ],
)
def test_the_first_count_to_run_out_ends_training(plan, budget, updates, recording_run):
    """Training ends with the plan or the budget, validated as often as planned and saved in between, its share rising from 0 to 1."""
    turns, run = Counting(), recording_run()
    weights = train(turns, plan, budget, run)
    assert weights["updates"] == turns.n_updates == updates
    assert len(run.validated) == 5
    assert (len(run.states), turns.restarts) == (1, 2)
    assert turns.shares == sorted(turns.shares)
    assert (turns.shares[0], turns.shares[-1]) == (0.0, pytest.approx(1 - 2 / updates))


def test_no_turn_passes_the_environment_steps(recording_run):
    """Where too few steps are left for another turn, training ends with the turns that there were."""
    turns, run = Counting(), recording_run()
    weights = train(turns, TrainingPlan(100, 5, 2), Budget(environment_steps=155), run)
    assert weights["updates"] == turns.n_updates == 30


def test_spent_cpu_seconds_end_training(recording_run, monkeypatch):
    """When the clock of the run has passed the budget, the current weights are validated and training ends."""
    turns, run = Counting(), recording_run()
    monkeypatch.setattr(run, "cpu_seconds", lambda: float(turns.n_updates))
    train(turns, TrainingPlan(1000, 1), Budget(cpu_seconds=20.0), run)
    assert turns.n_updates == 20
    assert run.validated == [{"updates": 20}]


def test_the_best_weights_by_validation_are_returned(recording_run, monkeypatch):
    """What scored best is what comes back, and training stops when nothing better has come for long enough."""
    turns, run = Counting(), recording_run()
    monkeypatch.setattr(run, "validate", lambda weights: -abs(float(weights["updates"]) - 40.0))
    weights = train(turns, TrainingPlan(1000, 50, patience=3), Budget(), run)
    assert weights["updates"] == 40
    assert turns.n_updates == 100


def test_reports_are_thinned_out():
    """Losses come after the first update and then 200 times in a training, with the mean return since the last report."""
    reporter, returns, reports = Reporter(2000), [], []
    for update in range(2000):
        returns.append(float(update))
        reports.append(reporter.metrics(1, {"loss": torch.tensor(1.0)}, returns))
    told = [(update, metrics["training_return"]) for update, metrics in enumerate(reports) if metrics]
    assert len(told) == 200
    assert told[:2] == [(0, 0.0), (10, 5.5)]


@pytest.mark.parametrize("name", SMALL)
def test_equal_seeds_give_equal_curves_bit_for_bit(name, train, recording_run):
    """200 updates with the same seed report the same numbers and give the same weights; another seed gives others."""
    runs = [recording_run() for _ in range(3)]
    weights = [train(small(name), run, seed) for run, seed in zip(runs, (0, 0, 1), strict=True)]
    assert runs[0].reports == runs[1].reports
    assert runs[0].reports[-1]["updates"] >= 200
    assert all(np.array_equal(weights[0][key], weights[1][key]) for key in weights[0])
    assert runs[0].reports != runs[2].reports


@pytest.mark.parametrize("name", SMALL)
def test_killed_and_resumed_equals_undisturbed(name, train, recording_run):
    """A training that goes on from any saved state reports and returns what the undisturbed one does."""
    undisturbed = recording_run()
    expected = train(small(name), undisturbed)
    assert len(undisturbed.states) >= 2
    for state in undisturbed.states:
        resumed = recording_run(state)
        resumed.validated = [None] * int(state["position.validations"])
        found = train(small(name), resumed, seed=123)
        assert resumed.reports == undisturbed.reports[-len(resumed.reports) :]
        assert all(np.array_equal(found[key], expected[key]) for key in expected)
