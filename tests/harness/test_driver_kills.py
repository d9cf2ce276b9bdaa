"""The required demonstration: a run that is killed at ten random moments, and resumed, ends as if nothing had happened."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time

import pytest

from aigcbench.harness.store import Store

KILLS = 10
SLOW = """
class Rogue(Declared, Policy):
    name, information = "slow", "online"
    def act(self, observation):
        time.sleep(0.03)
        return int(observation.free_steps.argmax())

class Forking(Declared, Planner):
    name = "forking"
    def plan(self, instance, limits, rng, incumbent):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0: time.sleep(1000)
            os._exit(0)
        incumbent(np.zeros(len(instance["task_arrival"]), np.int64))
        time.sleep(0.2)
        return rng.integers(0, len(instance["service_server"]), len(instance["task_arrival"]))
"""


@pytest.fixture
def plan(solver_file, tmp_path):
    """Forty short cells, half of them of about 0.2 s."""
    solvers = solver_file(SLOW)
    path = tmp_path / "plan.toml"
    path.write_text(f"""
schema = "aigcbench-plan/1"
scenarios = ["assignment/asp-tiny"]
instances = 5
seeds = [0, 1]
bound_seconds = 0
solvers = ["{solvers}:slow", "{solvers}:forking", "random", "crash-avoid"]
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
    assert len(expected) == 40
    moments, hits, survivors = random.Random(7), 0, []
    numbers = [signal.SIGKILL] * KILLS + [signal.SIGTERM]
    for number in numbers:
        with start(plan, tmp_path / "store.sqlite") as driver:
            driver.stderr.readline()  # the first cell is in the store
            time.sleep(moments.uniform(0.0, 0.25))
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
    assert os.listdir(tempfile.gettempdir()) == []
    assert last.returncode == 0
    assert rows_of(tmp_path / "store.sqlite") == expected
