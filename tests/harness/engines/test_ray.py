"""The Ray engine on a cluster of two nodes: whatever dies in the middle, the rows are those of an undisturbed local run."""

import signal
import subprocess
import sys
import time
from importlib.util import find_spec

import psutil
import pytest

from aigcbench.checkpoint import Checkpoint
from aigcbench.harness.checkpoints import checkpoint_paths
from aigcbench.harness.store import Store

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: pip install 'aigcbench[ray]'"),
    pytest.mark.timeout(900),  # a cluster takes seconds to start, and ten times as long on a busy machine
    pytest.mark.filterwarnings("ignore"),  # Ray's own are not ours
]
NODE = {"num_cpus": 1, "memory": 3 * 10**9, "object_store_memory": 10**8}
ELSEWHERE = {"node_ip_address": "127.0.0.2"}  # so that a driver joins the head's node, not this one
GONE_SECONDS = 60.0  # for processes to notice that the one above them has died, on a busy machine
SOLVERS = """
import os, time
from aigcbench.solver import Planner, Policy

class Slow(Policy):
    name, family, formulations, information = "slow", "heuristic", ("*",), "online"
    def reset(self, context, rng):
        self.rng, self.n_actions = rng, context.n_actions
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0: time.sleep(1000)
            os._exit(0)
    def act(self, observation):
        time.sleep(0.05)
        return self.rng.integers(self.n_actions)

class Crashing(Planner):
    name, family, formulations = "crashing", "heuristic", ("*",)
    def plan(self, instance, limits, rng, incumbent): os.abort()

class Telling(Planner):
    name, family, formulations = "telling", "heuristic", ("*",)
    def plan(self, instance, limits, rng, incumbent): raise RuntimeError("sees " + repr(os.environ["CUDA_VISIBLE_DEVICES"]))
"""
PLAN = """
schema = "aigcbench-plan/1"
scenarios = ["assignment/asp-tiny"]
instances = 4
seeds = [0, 1]
bound_seconds = 0
solvers = [{solvers}]
[limits]
wall_seconds = 60
memory_mb = 1000
"""
N_ROWS = 24


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    """Twenty-four cells: slow policies that leave a daemon behind, quick ones, planners that crash."""
    folder = tmp_path_factory.mktemp("plan")
    (folder / "solvers.py").write_text(SOLVERS)
    solvers = [f"{folder}/solvers.py:slow", f"{folder}/solvers.py:crashing", "random"]
    (folder / "plan.toml").write_text(PLAN.format(solvers=", ".join(f'"{name}"' for name in solvers)))
    return folder / "plan.toml"


@pytest.fixture(scope="module")
def cluster():
    """A cluster whose two nodes have a core each, the head two accelerators by its own word, and no lower priority for cells."""
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_worker_niceness", "0")
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        opened = Cluster(initialize_head=True, head_node_args=NODE | {"include_dashboard": False, "num_gpus": 2})
        opened.add_node(**NODE, **ELSEWHERE)
        yield opened
        opened.shutdown()


def driver(plan, store, *more) -> subprocess.Popen:
    """The command line in a process of its own."""
    command = [sys.executable, "-m", "aigcbench", "run", str(plan), "--store", str(store), *map(str, more)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(running: subprocess.Popen) -> list[str]:
    """Wait for a driver that must end well; what it has written to standard error."""
    _, errors = running.communicate()
    assert running.returncode == 0, errors
    return errors.splitlines()


def rows_of(path):
    """Status, metrics and decisions of every row by key."""
    with Store(path) as store:
        statuses = dict(store.results()[["key", "status"]].itertuples(index=False))
        assert not store.results().duplicated(["instance", "label", "seed", "training_seed"]).any()
        return {
            key: (statuses[key], metrics, decisions and decisions["service"].tolist())
            for key, _, _, metrics, decisions in store.decided()
        }


def nurseries(above: psutil.Process) -> list[psutil.Process]:
    """The nurseries below a process."""
    found = []
    for process in above.children(recursive=True):
        try:
            if "aigcbench.harness.nursery_process" in process.cmdline():
                found.append(process)
        except psutil.Error:
            continue
    return found


def is_agent(process: psutil.Process) -> bool:
    """Whether a process is one of Ray's two agents of a node, which take a minute to notice that it has died."""
    return "Agent" in process.cmdline()[0]


def alive(process: psutil.Process) -> bool:
    """Whether a process still runs; one that only waits to be reaped does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for(condition) -> bool:
    """Whether something comes true in time."""
    deadline = time.monotonic() + GONE_SECONDS
    while not (come := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(come)


@pytest.fixture(scope="module")
def expected(plan):
    """The rows of an undisturbed local run."""
    store = plan.with_name("local.sqlite")
    finish(driver(plan, store))
    rows = rows_of(store)
    assert len(rows) == N_ROWS
    assert sorted({status for status, *_ in rows.values()}) == ["crash", "ok"]
    return rows


def test_a_node_and_a_driver_are_killed(plan, expected, cluster, tmp_path):
    """A node killed in the middle, then the driver: no process stays, and the resumed run ends as if nothing had happened."""
    store, ray = tmp_path / "ray.sqlite", ("--engine", "ray", "--address", cluster.address)
    raylets = {node: psutil.Process(node.all_processes["raylet"][0].process.pid) for node in cluster.list_all_nodes()}
    with driver(plan, store, *ray) as first:
        lines = [first.stderr.readline() for _ in range(4)]
        assert all(line.startswith("[") for line in lines), lines  # nothing but progress is written
        doomed = cluster.list_all_nodes()[-1]
        assert wait_for(lambda: nurseries(raylets[doomed]))
        below = nurseries(raylets[doomed])
        cluster.remove_node(doomed, allow_graceful=False)
        assert wait_for(lambda: not any(map(alive, below)))
        assert all(first.stderr.readline().startswith("[") for _ in range(4))
        first.kill()
    head = raylets[cluster.head_node]
    assert wait_for(lambda: not nurseries(head))
    assert 8 <= len(rows_of(store)) < N_ROWS
    cluster.add_node(**NODE, **ELSEWHERE)
    lines = finish(driver(plan, store, *ray))
    assert lines[-1].startswith(f"[{N_ROWS}/{N_ROWS}")
    assert rows_of(store) == expected
    assert wait_for(lambda: not nurseries(head))
    with Store(store) as opened:
        assert not opened.results()["timed"].any()


def test_a_cluster_of_its_own_dies_with_the_driver(plan, expected, tmp_path):
    """Without an address the engine starts a cluster of this machine; no worker and no cell outlives a killed driver."""
    store = tmp_path / "ray.sqlite"
    with driver(plan, store, "--engine", "ray", "--jobs", "1") as first:
        assert all(first.stderr.readline().startswith("[") for _ in range(3))
        below = [child for child in psutil.Process(first.pid).children(recursive=True) if not is_agent(child)]
        first.send_signal(signal.SIGKILL)
    assert wait_for(lambda: not any(map(alive, below)))
    finish(driver(plan, store, "--jobs", "2"))
    assert rows_of(store) == expected
    with Store(store) as opened:
        assert set(opened.results()["timed"]) == {True, False}  # one at a time is timed, wherever it runs


def test_a_training_sweep(climber, cluster, tmp_path):
    """Trainings of several seeds and scenarios run on the cluster, with the checkpoints and rows of a local sweep."""
    plan = tmp_path / "sweep.toml"
    plan.write_text(
        PLAN.format(solvers=f'"{climber()}"').replace('["assignment/asp-tiny"]', '["assignment/asp-tiny", "assignment/orchestration-tiny"]')
        .replace("instances = 4\nseeds = [0, 1]\nbound_seconds = 0", "bound_seconds = 0\ntraining_seeds = [0, 1]")
        + "[budget]\nupdates = 4\n"
    )  # fmt: skip
    finish(driver(plan, tmp_path / "local.sqlite"))
    finish(driver(plan, tmp_path / "ray.sqlite", "--engine", "ray", "--address", cluster.address))
    local, ray = (
        {path.parent.name + path.name: Checkpoint.load(path).sha256 for path in checkpoint_paths(tmp_path / f"{name}.checkpoints")}
        for name in ("local", "ray")
    )  # fmt: skip
    assert len(local) == 4
    assert ray == local
    assert rows_of(tmp_path / "ray.sqlite") == rows_of(tmp_path / "local.sqlite")


@pytest.mark.parametrize(("gpus", "seen"), [(0, {"''"}), (1, {"'0'", "'1'"}), (2, {"'0,1'", "'1,0'"})])
def test_accelerators(plan, cluster, tmp_path, gpus, seen):
    """A unit is placed where there are as many accelerators as it asks for, sees those, and otherwise none."""
    asking = plan.with_name(f"asking-{gpus}.toml")
    asking.write_text(PLAN.format(solvers=f'"{plan.with_name("solvers.py")}:telling"') + f"gpus = {gpus}\n")
    finish(driver(asking, tmp_path / "ray.sqlite", "--engine", "ray", "--address", cluster.address))
    with Store(tmp_path / "ray.sqlite") as store:
        details = list(store.results()["detail"])
    assert len(details) == 8
    assert {detail.split("sees ")[1].split(" ")[0] for detail in details} <= seen


def test_refusals(plan, cluster, tmp_path):
    """Limits that no node has room for, and an address where no cluster is, are refused in one line without a row."""
    greedy = plan.with_name("greedy.toml")
    greedy.write_text(plan.read_text() + "threads = 2\n")
    greedier = plan.with_name("greedier.toml")
    greedier.write_text(plan.read_text() + "gpus = 3\n")
    for given, address, told in (
        (greedy, cluster.address, "none of 2 nodes has 2 cores and 1000 MB"),
        (greedier, cluster.address, "none of 2 nodes has 1 cores and 1000 MB and 3 GPUs"),
        (plan, "127.0.0.1:1", "expected the address of a Ray cluster"),
    ):
        running = driver(given, tmp_path / "refused.sqlite", "--engine", "ray", "--address", address)
        _, errors = running.communicate()
        assert running.returncode == 2, errors
        assert errors.count("\n") == 1
        assert told in errors
    assert rows_of(tmp_path / "refused.sqlite") == {}
