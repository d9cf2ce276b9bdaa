"""The required demonstration: a run that is killed at ten random moments, and resumed, ends as if nothing had happened."""

import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from aigcbench.harness.store import Store

KILLS = 10
SLOW = """
class Rogue(Declared, Policy):
    name, information = "slow", "online"
    def reset(self, context, rng):
        self.rng, self.n_actions = rng, context.n_actions
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0: time.sleep(1000)
            os._exit(0)
    def act(self, observation):
        time.sleep(0.03)
        return self.rng.integers(self.n_actions)
"""


@pytest.fixture
def plan(solver_file, tmp_path):
    """Forty-two cells; a third of them take about 0.2 s and leave a daemon behind."""
    solvers = solver_file(SLOW)
    path = tmp_path / "plan.toml"
    path.write_text(f"""
schema = "aigcbench-plan/1"
scenarios = ["assignment/asp-tiny"]
instances = 7
seeds = [0, 1]
bound_seconds = 0
solvers = ["{solvers}", "random", "crash-avoid"]
[limits]
wall_seconds = 10
""")
    return path


def start(plan, store) -> subprocess.Popen:
    """The command line in a process of its own."""
    command = [sys.executable, "-m", "aigcbench", "run", str(plan), "--store", str(store)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)


def rows_of(path):
    """Key, status, metrics and decisions of every row."""
    with Store(path) as store:
        statuses = dict(store.results()[["key", "status"]].itertuples(index=False))
        return {
            key: (statuses[key], metrics, decisions["service"].tolist())
            for key, _, _, metrics, decisions in store.decided()
        }


def test_killed_ten_times(plan, tmp_path, marked, nursery, record_property):
    """Each kill hits a running driver and leaves no process or file; the final rows equal those of an undisturbed run."""
    with start(plan, tmp_path / "calm.sqlite") as calm:
        calm.communicate()
    assert calm.returncode == 0
    expected = rows_of(tmp_path / "calm.sqlite")
    assert len(expected) == 42
    moments, hits, survivors = random.Random(7), 0, []
    for kill in range(KILLS + 1):
        number = signal.SIGKILL if kill < KILLS else signal.SIGTERM
        with start(plan, tmp_path / "store.sqlite") as driver:
            if kill % 3:  # one in three is killed while it starts, the others from their first cell on
                driver.stderr.readline()
            time.sleep(moments.uniform(0.0, 0.4) if kill % 3 else moments.uniform(0.3, 1.3))
            hits += driver.poll() is None and number is signal.SIGKILL
            driver.send_signal(number)
        deadline = time.monotonic() + 2.0
        while marked() - {nursery._process.pid} and time.monotonic() < deadline:
            time.sleep(0.02)
        survivors += marked() - {nursery._process.pid}
    with start(plan, tmp_path / "store.sqlite") as last:
        last.communicate()
    record_property("kills_of_a_running_driver", hits)
    print(f"{hits} of {KILLS} kills hit a running driver, {len(survivors)} processes survived")
    assert hits == KILLS
    assert survivors == []
    assert list(Path(tempfile.gettempdir()).iterdir()) == []
    assert last.returncode == 0
    assert rows_of(tmp_path / "store.sqlite") == expected
