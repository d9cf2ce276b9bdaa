"""The driver: resumes, retries, counts, and leaves nothing behind whatever ends it."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from aigcbench.harness.driver import run_plan
from aigcbench.harness.engines.local import LocalEngine
from aigcbench.harness.nursery import Nursery, NurseryError
from aigcbench.harness.plan import SCHEMA, parse_plan
from aigcbench.harness.store import Store
from aigcbench.harness.supervisor import run_bound
from aigcbench.solver import Limits


@pytest.fixture
def plan(solver_file):
    """Eight cells and two bounds: an honest policy, a planner that crashes, on two instances with two seeds."""
    path = solver_file("""
        class Rogue(Declared, Planner):
            def plan(self, instance, limits, rng, incumbent): os.abort()
    """)
    table = {"schema": SCHEMA, "scenarios": ["assignment/asp-tiny"], "instances": 2, "seeds": [0, 1]}
    return parse_plan(table | {"solvers": ["random", str(path)], "bound_seconds": 1}, "plan")


def rows_of(store):
    """What must not depend on how a store was filled: key, label, metrics, decisions of every row, and the bounds."""
    rows = [
        (key, label, metrics, decisions and decisions["service"].tolist())
        for key, label, _, metrics, decisions in store.decided()
    ]
    return rows, store.results()["status"].tolist(), store.bounded()


@pytest.fixture
def reference(plan, tmp_path):
    """The rows of an undisturbed run."""
    with Store(tmp_path / "reference.sqlite") as store:
        reports = []
        run_plan(plan, store, reports.append)
        results = store.results()
        assert results["timed"].all()
        assert results["status"].value_counts().to_dict() == {"ok": 4, "crash": 4}
        assert results["bound"].notna().all()
        assert [(report.done, report.total) for report in reports] == [(k, 10) for k in range(1, 11)]
        return rows_of(store)


def test_two_jobs(plan, reference, tmp_path):
    """Two cells at a time give the same rows, marked as not timed."""
    with Store(tmp_path / "two.sqlite") as store, LocalEngine(2) as engine:
        run_plan(plan, store, lambda _: None, engine)
        assert not store.results()["timed"].any()
        assert rows_of(store) == reference


def test_interruption_and_resume(plan, reference, tmp_path, marked, nursery):
    """An interruption leaves a store that opens and no process; the same call goes on where it stopped."""
    with Store(tmp_path / "store.sqlite") as store:
        reports = []

        def interrupt(report):
            reports.append(report)
            if len(reports) == 3:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt), LocalEngine(2) as engine:
            run_plan(plan, store, interrupt, engine)
        assert marked() <= {nursery._process.pid}
        assert list(Path(tempfile.gettempdir()).iterdir()) == []
        kept = len(store.keys()) + len(store.bounded())
        assert kept >= 3
        resumed = []
        run_plan(plan, store, resumed.append)
        assert len(resumed) == 10 - kept
        assert resumed[-1].done == resumed[-1].total == 10
        assert rows_of(store) == reference
        run_plan(plan, store, resumed.append)
        assert len(resumed) == 10 - kept


def test_larger_plan_on_the_same_store(plan, tmp_path):
    """A plan that has grown runs only what is new."""
    with Store(tmp_path / "store.sqlite") as store:
        small, reports = replace(plan, bound_seconds=0.0, seeds=(0,)), []
        run_plan(small, store, lambda _: None)
        run_plan(replace(small, seeds=(0, 1)), store, reports.append)
        assert {report.work.cell.seed for report in reports} == {1}
        assert (len(reports), reports[-1].done, reports[-1].total) == (4, 8, 8)


def test_nursery_killed_during_a_run(plan, solver_file, tmp_path):
    """Cells whose nursery is killed are run again, and the run goes on."""
    flag = tmp_path / "killed"
    path = solver_file(
        f"""
        class Rogue(Declared, Policy):
            name, information = "killer", "online"
            def act(self, observation):
                if not os.path.exists({str(flag)!r}):
                    open({str(flag)!r}, "w").close()
                    os.kill(os.getppid(), signal.SIGKILL)
                return 0
        """,
        "killer.py",
    )
    table = {
        "schema": SCHEMA,
        "scenarios": ["assignment/asp-tiny"],
        "solvers": [str(path), "random"],
        "bound_seconds": 0,
    }
    with Store(tmp_path / "store.sqlite") as store:
        run_plan(parse_plan(table, "plan"), store, lambda _: None)
        assert store.results()["status"].tolist() == ["ok", "ok"]
    assert flag.exists()


def test_no_worker_can_be_started(plan, tmp_path, monkeypatch):
    """Where the machine gives no process the run ends with one line and no row: it is no solver's fault."""
    monkeypatch.setattr("sys.executable", "/bin/false")
    with Store(tmp_path / "store.sqlite") as store:
        with pytest.raises(NurseryError, match="no worker can be started"):
            run_plan(plan, store, lambda _: None)
        assert store.keys() == set()


def test_bound_that_fails(nursery, tiny):
    """A bound whose computation fails is no bound; the nursery serves on."""
    assert run_bound(nursery, replace(tiny, arrays={}), 1.0, Limits()) is None
    assert run_bound(nursery, tiny, 1.0, Limits()).value > 0


def test_close_ends_a_running_cell(rogue, tiny, marked, nursery):
    """Closing a nursery from another thread ends what runs in it."""
    import threading

    from aigcbench.harness.cell import Cell
    from aigcbench.harness.supervisor import run_cell

    own = Nursery()
    cell = Cell.of(rogue("os.fork(); time.sleep(1000)"), {}, tiny, 0, Limits())
    threading.Timer(0.5, own.close).start()
    with pytest.raises(NurseryError):
        run_cell(own, cell, tiny)
    own.close()
    assert marked() <= {nursery._process.pid}
