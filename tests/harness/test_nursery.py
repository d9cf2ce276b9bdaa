"""The nursery and process trees: clean births, complete deaths."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from aigcbench import processes
from aigcbench.harness.nursery import Nursery, NurseryDied, NurseryError, remove_folder

FILES = ["/dev/null", "/dev/null", "/dev/null", "socket"]


@pytest.fixture
def own():
    """A nursery for one test, which may harm it."""
    with Nursery(threads=3) as opened:
        yield opened


def eventually(look: Callable[[], object], expected: object) -> bool:
    """Whether a look gives what is expected within 5 s."""
    deadline = time.monotonic() + 5.0
    while look() != expected and time.monotonic() < deadline:
        time.sleep(0.01)
    return look() == expected


def open_files(pid: int) -> list[str]:
    """What a process's descriptors are open on, without numbers."""
    found = []
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed in the meantime
            found.append(str(file.readlink()).partition(":")[0])
    return sorted(found)


def gone(process: psutil.Process) -> bool:
    """Whether a process has ended within 2 s."""
    return not psutil.wait_procs([process], timeout=2.0)[1]


def test_worker_starts_clean(own):
    """A worker has its own session and folder, its threads set, and no descriptor but its channel."""
    channel = own.spawn()
    (worker,) = own.descendants()
    assert eventually(lambda: open_files(worker.pid), FILES)
    assert eventually(lambda: os.getsid(worker.pid), worker.pid)
    assert worker.environ()["OMP_NUM_THREADS"] == "3"
    assert eventually(lambda: list(Path(worker.cwd()).iterdir()), [])
    channel.close()
    assert own.bury(5.0) is not None


def test_bury_before_the_end(own):
    """A worker that lives on is killed, and has no exit code of its own."""
    channel = own.spawn()  # open, so that the worker waits for its job
    folder = own._scratch
    assert own.wait(0.0) is None
    assert own.bury() is None
    channel.close()
    assert own.descendants() == []
    assert not Path(folder).exists()


def test_worker_that_ends_before_the_answer_is_read(own):
    """The news of birth and death may arrive together."""
    own._unread = b"spawned 7\n-9 4000000\n"
    assert own._answer(0.0) == "spawned 7"
    assert own.wait(0.0) == -9
    assert own.peak_memory_mb == 4.0


def test_killed_nursery_is_replaced(own):
    """A nursery that was killed between cells is replaced without a word."""
    own.spawn().close()
    own.bury()
    before = own._process.pid
    os.kill(before, signal.SIGKILL)
    own.spawn().close()
    assert own._process.pid != before
    own.bury()


def test_nursery_killed_under_a_worker(own):
    """Its worker dies with it, and the supervisor is told."""
    own.spawn().close()
    (worker,) = own.descendants()
    own._process.kill()
    assert gone(worker)
    with pytest.raises(NurseryDied):
        own.bury()


def test_cell_that_was_not_buried(own):
    """A cell that an interruption left unburied does not live into the next one."""
    own.spawn().close()
    (worker,), folder = own.descendants(), own._scratch
    own.spawn().close()
    assert gone(worker)
    assert not Path(folder).exists()
    own.bury()


def test_closed(own):
    """A closed nursery starts nothing; closing twice is fine."""
    own.close()
    own.close()
    with pytest.raises(NurseryError, match="closed"):
        own.spawn()


def test_no_interpreter(monkeypatch):
    """Where no nursery can live, one line says so after a few tries."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with Nursery() as broken, pytest.raises(NurseryError, match="no worker can be started"):
        broken.spawn()


def test_supervisor_killed(marked):
    """When the supervisor is killed, its nursery, the worker and the folder go too."""
    code = """
import sys, time
from aigcbench.harness.nursery import Nursery
n = Nursery()
channel = n.spawn()  # kept, so that the worker waits
print(n._scratch, *[p.pid for p in n.descendants()], n._process.pid, flush=True)
time.sleep(1000)
"""
    supervisor = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    with supervisor:
        folder, *pids = supervisor.stdout.readline().split()
        below = [psutil.Process(int(pid)) for pid in pids]
        assert len(below) == 2
        supervisor.kill()
    assert all(gone(process) for process in below)
    assert not Path(folder).exists()


@pytest.mark.parametrize("lists_children", [True, False])
def test_tree_below(monkeypatch, lists_children):
    """The fast way and the portable way find the same tree."""
    monkeypatch.setattr(processes, "LISTS_CHILDREN", lists_children)
    script = "sleep 1000 & sh -c 'sleep 1000; true' & wait"
    with subprocess.Popen(["sh", "-c", script]) as shell:
        try:
            names = lambda: sorted(process.name() for process in processes.tree_below(shell.pid))  # noqa: E731
            assert eventually(names, ["sh", "sleep", "sleep"])
            found = processes.tree_below(shell.pid)
            memory, cpu = processes.usage(found)
            assert memory > 0
            assert cpu >= 0
        finally:
            processes.send([*processes.tree_below(shell.pid), psutil.Process(shell.pid)], signal.SIGKILL)
    assert processes.tree_below(shell.pid) == []
    processes.send(found, signal.SIGKILL)


FAMILY = """
import os, sys, time
def touched(): return bytearray(os.urandom(1 << 20) * 60)
ours = touched()
for _ in range(5):
    if os.fork() == 0:
        own = touched() if sys.argv[1] == "own" else None
        break
os.write(1, b".")
time.sleep(1000)
"""


@pytest.mark.parametrize(("kind", "least", "most"), [("shared", 60, 150), ("own", 6 * 60, 550)])
def test_memory_of_forks(kind, least, most):
    """Where there is plenty, what forked processes share counts once, what each has of its own in full."""
    with subprocess.Popen([sys.executable, "-c", FAMILY, kind], stdout=subprocess.PIPE) as parent:
        family = lambda: [psutil.Process(parent.pid), *processes.tree_below(parent.pid)]  # noqa: E731
        try:
            assert parent.stdout.read(6) == b"......"
            assert processes.usage(family())[0] > 6 * 60
            assert least < processes.usage(family(), plenty_mb=100)[0] < most
        finally:
            processes.send(family(), signal.SIGKILL)


def test_remove_folder(tmp_path):
    """A folder goes with whatever is in it; one that is gone already is no matter."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_text("x")
    remove_folder(str(tmp_path / "a"))
    remove_folder(str(tmp_path / "a"))
    assert not (tmp_path / "a").exists()
