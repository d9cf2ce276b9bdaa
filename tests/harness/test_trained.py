"""Trained policies in plans: trained once, evaluated like any other policy, ranked as one row."""

from dataclasses import replace

import numpy as np
import pytest

from aigcbench.checkpoint import Checkpoint, Spent
from aigcbench.discovery import find_solver
from aigcbench.harness import checkpoints as module
from aigcbench.harness.cell import Cell, Untrained
from aigcbench.harness.checkpoints import Checkpoints
from aigcbench.harness.driver import checkpoint_folder, run_plan
from aigcbench.harness.plan import SCHEMA, parse_plan
from aigcbench.harness.store import Store
from aigcbench.harness.supervisor import run_cell
from aigcbench.report.leaderboard import boards_of
from aigcbench.solver import Budget, Limits
from aigcbench.tasks import task_named, training_of

TABLE = {
    "schema": SCHEMA,
    "scenarios": ["assignment/asp-tiny"],
    "instances": 2,
    "training_seeds": [0, 1],
    "budget": {"environment_steps": 1000, "updates": 3, "cpu_seconds": 60},
    "bound_seconds": 0,
    "limits": {"wall_seconds": 600},
}
pytestmark = pytest.mark.timeout(900)  # a busy machine takes ten times as long, and so do the limits of cells


@pytest.fixture
def store(tmp_path):
    """An empty store."""
    with Store(tmp_path / "store.sqlite") as opened:
        yield opened


@pytest.fixture
def go(store):
    """Runs a plan given as changes of `TABLE` into the store; returns the units that were done."""

    def run(**change):
        done = []
        run_plan(parse_plan(TABLE | change, "p"), store, done.append)
        return done

    return run


def test_whole_road(climber, go, store, log):
    """Trained once per training seed, never per instance; stored with its cost; one row on the leaderboard; then nothing left."""
    solvers = ["random", str(climber())]
    done = go(solvers=solvers, seeds=[0, 1])
    assert sorted(log()) == ["prepared"] * 2 + ["trains from 0"] * 2
    assert [finished.done for finished in done] == list(range(1, 15))
    assert {finished.total for finished in done} == {2 + 2 * (1 + 2) * 2}
    rows = store.results()
    trained = rows[rows["solver"] == "climber"]
    assert trained["status"].tolist() == ["ok"] * 8
    assert sorted(trained["training_seed"].unique()) == [0, 1]
    assert trained["training_environment_steps"].tolist() == [3 * 6 * 4] * 8
    assert (trained["training_updates"] == 3).all()
    assert (trained["training_cpu_seconds"] > 0).all()
    assert trained["checkpoint_sha256"].nunique() == 2
    assert rows[rows["solver"] == "random"]["training_seed"].isna().all()
    (board,) = boards_of(rows)
    standing = next(standing for standing in board.standings if standing.label == "climber")
    assert (standing.runs, standing.instances, standing.scored) == (8, 2, 8)
    means = trained.groupby("instance")["metric.utility"].mean()
    assert standing.primary.value == pytest.approx(means.mean())
    assert standing.training_cpu_seconds > 0
    assert standing.trainings == 2
    assert standing.primary.low <= standing.primary.value <= standing.primary.high
    assert go(solvers=solvers, seeds=[0, 1]) == []
    assert log() == []
    assert len(go(solvers=solvers, seeds=[0, 1], instances=3)) == 6
    assert log() == []


def test_evaluation_needs_the_checkpoint_only(climber, go, store, log, tmp_path):
    """Another store takes the checkpoints of a folder instead of training anew, and has the same rows."""
    solvers = [str(climber())]
    go(solvers=solvers)
    log()
    with Store(tmp_path / "other.sqlite") as other:
        run_plan(parse_plan(TABLE | {"solvers": solvers}, "p"), other, lambda _: None, folder=checkpoint_folder(store))
        assert other.keys() == store.keys()
    assert log() == []


def test_interruption(climber, go, store, log):
    """A run that is interrupted after its first training goes on with the second."""
    path = str(climber())

    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_plan(parse_plan(TABLE | {"solvers": [path]}, "p"), store, interrupt)
    assert log().count("trains from 0") == 1
    done = go(solvers=[path])
    assert log().count("trains from 0") == 1
    assert (len(done), done[-1].done, done[-1].total) == (5, 6, 6)
    assert store.results()["status"].tolist() == ["ok"] * 4


def test_changed_source_or_budget_trains_anew(climber, go, log):
    """A checkpoint of another source or budget is none of this training."""
    go(solvers=[str(climber())], training_seeds=[0])
    go(solvers=[str(climber("pass  # changed"))], training_seeds=[0])
    assert log().count("trains from 0") == 2
    go(solvers=[str(climber("pass  # changed"))], training_seeds=[0], budget=TABLE["budget"] | {"updates": 4})
    assert log().count("trains from 0") == 1


def test_without_budget(climber, go, store, log):
    """A plan that asks for no training skips a learner without a checkpoint, in one line, and finds it when there is one."""
    path = str(climber())
    plan = {name: value for name, value in TABLE.items() if name != "budget"} | {"solvers": [path]}
    run_plan(parse_plan(plan, "p"), store, lambda _: None)
    rows = store.results()
    assert rows["status"].tolist() == ["skipped"] * 4
    assert rows.set_index("training_seed")["detail"][0].iloc[0] == (
        "no checkpoint of climber for assignment/asp-tiny, training seed 0; 'aigcbench train' makes one"
    )
    assert log() == []
    run_plan(parse_plan(plan, "p"), store, pytest.fail)
    go(solvers=[path])
    assert store.results()["status"].value_counts().to_dict() == {"skipped": 4, "ok": 4}
    (board,) = boards_of(store.results())
    assert board.standings[0].statuses == {"ok": 4}
    with Store(store.beside(".third.sqlite")) as third:
        run_plan(parse_plan(plan, "p"), third, lambda _: None, folder=checkpoint_folder(store))
        assert third.results()["status"].tolist() == ["ok"] * 4


def test_failed_training(climber, go, store, log):
    """A training that fails costs the learner its rows, once; a grown plan tries again."""
    solvers = ["random", str(climber("raise ValueError('no idea')"))]
    done = go(solvers=solvers, training_seeds=[0])
    assert isinstance(done[0].result, Untrained)
    rows = store.results().set_index("solver")
    assert rows.loc["climber", "status"].tolist() == ["error"] * 2
    assert rows.loc["climber", "detail"].iloc[0].startswith("training failed: ValueError: no idea")
    (board,) = boards_of(store.results())
    assert [standing.label for standing in board.standings] == ["random", "climber"]
    assert log().count("trains from 0") == 1
    assert go(solvers=solvers, training_seeds=[0]) == []
    go(solvers=solvers, training_seeds=[0], instances=3)
    assert log().count("trains from 0") == 1


def test_trained_elsewhere(climber, go, store):
    """A learner may be evaluated on a scenario that it was not trained on, as a row of its own."""
    path = str(climber())
    entries = [path, {"name": path, "trained_on": "assignment/asp-tiny"}]
    go(solvers=entries, training_seeds=[0], scenarios=["assignment/asp-tiny"])
    labels = store.results()["label"].unique().tolist()
    assert labels == ["climber", "climber from assignment/asp-tiny"]


def test_shipped_checkpoint(climber, go, store, tmp_path, monkeypatch):
    """A shipped checkpoint is found by version and scenario, not by source; one of another version is told, not taken."""
    go(solvers=[str(climber())], training_seeds=[0])
    shipped = tmp_path / "shipped"
    monkeypatch.setattr(module, "shipped_folder", lambda: shipped)
    plan = parse_plan(TABLE | {"solvers": [str(climber("pass  # later"))]}, "p")
    card = plan.solvers[0].card
    (path,) = checkpoint_folder(store).rglob("*.json")
    made = Checkpoint.load(path)
    made.save(shipped / "assignment" / "asp-tiny")
    find = Checkpoints().find
    assert find(card, {}, "assignment/asp-tiny", 0).sha256 == made.sha256
    assert find(card, {}, "assignment/asp-tiny", 0, plan.budget).sha256 == made.sha256
    assert (
        "there is one of budget custom"
        in find(card, {}, "assignment/asp-tiny", 0, replace(plan.budget, updates=9)).detail
    )
    assert "version 1 of the solver" in find(replace(card, version=2), {}, "assignment/asp-tiny", 0).detail
    assert "training seed 1;" in find(card, {}, "assignment/asp-tiny", 1).detail
    assert "custom/none is not known here" in find(card, {}, "custom/none", 0).detail
    replace(made, training=replace(made.training, task_sha256="0")).save(shipped / "assignment" / "asp-tiny")
    assert "another version of the scenario" in find(card, {}, "assignment/asp-tiny", 0).detail


def test_compiled_trained_policy(climber, nursery, tiny):
    """A trained policy with a compiled form runs inside the kernel where instances are large."""
    path = climber()
    form = """
    def compiled(self):
        from numba import njit
        return njit(lambda vector, reward, state: 2), np.zeros(1)
    """
    path.write_text(
        path.read_text().replace("    def act(self, observation):", f"{form}\n    def act(self, observation):")
    )
    card = find_solver(str(path))
    training = training_of(card, {}, task_named(tiny.scenario), 0, Budget())
    checkpoint = Checkpoint(training, {"rule": np.zeros((3, 9))}, Spent(1, 1, 1.0), 0.0)
    outcome = run_cell(nursery, Cell.of(card, {}, tiny, 0, Limits(600.0), checkpoint=checkpoint), tiny, compiled_from=0)
    np.testing.assert_array_equal(outcome.decisions["service"], np.full(6, 2))
