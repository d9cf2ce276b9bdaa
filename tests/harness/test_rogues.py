"""Solvers that hang, fork, eat, crash, lie and scribble: each costs its own row and nothing else."""

from collections.abc import Callable

import pytest

from aigcbench.harness import conversation
from aigcbench.harness.cell import Status
from aigcbench.harness.supervisor import run_cell

BOTH = pytest.mark.parametrize("kind", ["policy", "planner"])

HANGS = {
    "python": "while True: pass",
    "ignores SIGTERM": "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(1000)",
    "in C with the GIL held": "sum(range(10**12))",
    "stops itself": "os.kill(os.getpid(), signal.SIGSTOP)",
    "main thread leaves, another goes on": """
        threading.Thread(target=time.sleep, args=(1000,)).start()
        ctypes.CDLL(None).pthread_exit(None)
    """,
    "children that ignore SIGTERM": """
        for _ in range(5):
            if os.fork() == 0:
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                break
        time.sleep(1000)
    """,
}


@BOTH
@pytest.mark.parametrize("body", HANGS.values(), ids=HANGS)
def test_hang_is_a_timeout(rogue, run, body, kind):
    """A solver that never answers is stopped at its limit, whatever it does about signals."""
    outcome = run(rogue(body, kind), seconds=0.3)
    assert (outcome.status, outcome.detail) == (Status.TIMEOUT, "not done within 0.3 s")
    assert outcome.score is None
    assert 0.3 <= outcome.wall_seconds < 1.5


def test_hang_in_prepare(rogue, run, monkeypatch):
    """A solver that is never ready is stopped at the startup limit."""
    monkeypatch.setattr(conversation, "START_SECONDS", 0.4)
    source = """
        class Rogue(Declared, Policy):
            information = "online"
            def prepare(self): time.sleep(1000)
    """
    outcome = run(rogue(source, "source"))
    assert (outcome.status, outcome.detail) == (Status.TIMEOUT, "not ready within 0.4 s")
    assert outcome.wall_seconds == 0.0


LEAVERS = {
    "a child": "if os.fork() == 0: time.sleep(1000)",
    "a daemon": """
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0: time.sleep(1000)
            os._exit(0)
        os.wait()
    """,
    "a program": "subprocess.Popen(['sleep', '1000'], start_new_session=True)",
    "a chain": """
        if os.fork() == 0:
            for _ in range(20):
                time.sleep(0.005)
                if os.fork(): os._exit(0)
            time.sleep(1000)
    """,
    "a tree": """
        if os.fork() == 0:
            for _ in range(5): os.fork()
            time.sleep(1000)
    """,
}


@BOTH
@pytest.mark.parametrize("body", LEAVERS.values(), ids=LEAVERS)
def test_processes_left_behind_are_killed(rogue, run, body, kind):
    """A solver that decides and leaves processes behind is scored; what it left is gone when its cell is."""
    outcome = run(rogue(body, kind))
    assert (outcome.status, outcome.detail) == (Status.OK, "")
    assert outcome.score is not None


@BOTH
@pytest.mark.parametrize("place", ["itself", "a child"])
def test_memory_limit(rogue, run, kind, place):
    """Memory is counted over the whole process tree and ends the cell."""
    fork = "pid = os.fork()\nif pid: os.waitpid(pid, 0)" if place == "a child" else ""
    eat = "held = [np.ones(5 * 10**6) for _ in range(12) if time.sleep(0.04) is None]\ntime.sleep(1000)"
    outcome = run(rogue(f"{fork}\n{eat}", kind), memory_mb=400)
    assert outcome.status is Status.MEMORY
    assert outcome.detail.endswith("limit 400 MB")
    assert 400 < outcome.peak_memory_mb < 900


@BOTH
def test_memory_peak(rogue, run, kind):
    """A peak that is over before anybody looks counts as one that lasts, and every cell has a peak, however short it is."""
    spike = "import mmap\nwith mmap.mmap(-1, 10**8) as page:\n    for k in range(0, 10**8, 4096): page[k] = 1"
    assert run(rogue(spike, kind), memory_mb=90).status is Status.MEMORY
    outcome = run(rogue("pass", kind), memory_mb=90)
    assert outcome.status is Status.OK
    assert 10 < outcome.peak_memory_mb < 90


FAMILY = """
    held = np.ones(10**7)
    if os.fork() == 0:
        for _ in range(4): os.fork()
        time.sleep(1000)
    time.sleep(0.5)
"""


def test_shared_memory_counts_once(rogue, run):
    """A tree of processes that share what they were forked with passes no limit by their number."""
    outcome = run(rogue(FAMILY, "planner"), seconds=30, memory_mb=400)
    assert (outcome.status, outcome.detail) == (Status.OK, "")


ENDS = {
    "raises": ("raise KeyError('lost')", Status.ERROR, "KeyError: 'lost' (rogue.py:"),
    "runs out of stack": ("f = lambda: f()\nf()", Status.ERROR, "RecursionError: maximum"),
    "a message of 10 MB": ("raise ValueError('x' * 10**7)", Status.ERROR, "...(rogue.py:"),
    "control characters": ("raise ValueError('a\\n\\x1b[31m\\0\\udcff')", Status.ERROR, "ValueError: a ?[31m?? ("),
    "a message that raises": (
        "raise type('Bad', (Exception,), {'__str__': lambda self: 1 / 0})",
        Status.ERROR,
        "Bad: (its message cannot be read)",
    ),
    "sys.exit(0)": ("sys.exit(0)", Status.ERROR, "SystemExit: 0 (rogue.py:"),
    "sys.exit(3)": ("sys.exit(3)", Status.ERROR, "SystemExit: 3"),
    "end of file": ("input()", Status.ERROR, "EOFError"),
    "os._exit(0)": ("os._exit(0)", Status.ERROR, "ended by itself with exit code 0"),
    "os._exit(7)": ("os._exit(7)", Status.ERROR, "ended by itself with exit code 7"),
    "leaves a child and goes": ("if os.fork(): os._exit(7)\ntime.sleep(1000)", Status.ERROR, "exit code 7"),
    "SIGKILL": ("os.kill(os.getpid(), 9)", Status.CRASH, "SIGKILL"),
    "SIGSEGV": ("ctypes.string_at(0)", Status.CRASH, "SIGSEGV"),
    "SIGABRT": ("os.abort()", Status.CRASH, "SIGABRT"),
    "a real-time signal": ("os.kill(os.getpid(), 45)", Status.CRASH, "signal 45"),
    "hangs up": ("os.closerange(0, 256)\ntime.sleep(1000)", Status.ERROR, "closed its connection"),
    "writes to every descriptor": (
        "for number in range(3, 64):\n try: os.write(number, b'garbage' * 1000)\n except OSError: pass\ntime.sleep(1000)",
        Status.ERROR,
        "the solver's process sent a frame of",
    ),
    "an endless frame": ("frame(b'D', b'', 2**63)\ntime.sleep(1000)", Status.ERROR, "sent a frame of 9223372036854775808"),
    "an unknown frame": ("frame(b'?', b'')\ntime.sleep(1000)", Status.ERROR, "sent an unexpected frame b'?'"),
    "binary in an error": ("frame(b'E', bytes(range(256)) * 9)\ntime.sleep(1000)", Status.ERROR, "???"),
}  # fmt: skip


@BOTH
@pytest.mark.parametrize(("body", "status", "detail"), ENDS.values(), ids=ENDS)
def test_end_without_decisions(rogue, run, body, status, detail, kind):
    """A solver that raises, leaves, crashes or scribbles ends at once, with the reason in one line."""
    outcome = run(rogue(body, kind))
    assert outcome.status is status
    assert detail.replace("...", "") in outcome.detail.replace("... ", "")
    assert outcome.score is None
    assert outcome.wall_seconds < 5.0


NUISANCES = {
    "prints megabytes": "print('x' * 5 * 10**6); print('y' * 5 * 10**6, file=sys.stderr, flush=True)",
    "seeds the world": "np.random.seed(7); import random; random.seed(7)",
    "litters": "open('f', 'wb').write(b'x' * 10**6)\nfor _ in range(200): os.mkdir('d'); os.chdir('d')",
    "stops the process above it": "os.kill(os.getppid(), signal.SIGSTOP)",
    "a hundred short children": "for _ in range(100):\n if os.fork() == 0: os._exit(0)",
    "ignores its children": "signal.signal(signal.SIGCHLD, signal.SIG_IGN); subprocess.Popen(['true'])",
    "changes the judge in its process": """
        import aigcbench.problems.assignment.checker as checker, aigcbench.problems.problem as problem
        checker.check = problem.score = lambda *_: {"utility": 1e9}
    """,
}


@BOTH
@pytest.mark.parametrize("body", NUISANCES.values(), ids=NUISANCES)
def test_nuisance_changes_no_score(rogue, run, body, kind):
    """What a solver does to its own process, or to the one above it, changes nothing about its score."""
    outcome, honest = run(rogue(body, kind)), run(rogue("pass", kind))
    assert (outcome.status, outcome.detail) == (Status.OK, "")
    assert outcome.score.metrics == honest.score.metrics
    assert {name: array.tolist() for name, array in outcome.decisions.items()} == {"service": [0] * 6}


@pytest.mark.parametrize("after", [0.0, 0.1])
def test_killer_of_the_nursery(rogue, run, after):
    """A solver that kills the process above it every time, its orphans seen before or not, gets a row; they are gone."""
    body = f"if os.fork() == 0: time.sleep(1000)\ntime.sleep({after})\nos.kill(os.getppid(), 9)\ntime.sleep(1000)"
    outcome = run(rogue(body))
    assert outcome.status is Status.CRASH
    assert outcome.detail == "the process above the solver was lost 3 times while it ran"


def test_nursery_lost_once(rogue, run, tmp_path):
    """A cell whose nursery is killed from outside is run again."""
    flag = str(tmp_path / "killed")
    outcome = run(rogue(f"if not os.path.exists({flag!r}):\n open({flag!r}, 'w'); os.kill(os.getppid(), 9)"))
    assert outcome.status is Status.OK


def test_solver_file_that_changes(rogue, run, tmp_path):
    """A solver whose file is edited after it was registered is not run under its old name."""
    card = rogue("pass")
    with (tmp_path / "rogue.py").open("a") as file:
        file.write("# another line\n")
    outcome = run(card)
    assert outcome.status is Status.ERROR
    assert "has changed" in outcome.detail


def test_skipped(rogue, nursery, tiny):
    """A solver of another formulation is skipped, without a process."""
    from dataclasses import replace

    from aigcbench.harness.cell import Cell
    from aigcbench.solver import Limits

    card = replace(rogue("pass"), formulations=("flow",))
    outcome = run_cell(nursery, Cell.of(card, {}, tiny, 0, Limits()), tiny)
    assert (outcome.status, outcome.detail) == (Status.SKIPPED, "rogue does not solve 'assignment'")


def test_compiled_form_is_the_only_way_to_the_instance(rogue, run):
    """A policy that claims a compiled form where none was asked for is refused."""
    source = """
        class Rogue(Declared, Policy):
            information = "online"
            def reset(self, context, rng): frame(b"X", b"")
            def act(self, observation): return 0
    """
    outcome = run(rogue(source, "source"))
    assert outcome.detail == "the solver's process sent an unexpected frame b'X'"


def test_overheads_of_honest_cells(nursery: object, tiny: object, record_property: Callable[[str, object], None]):
    """A hundred cells leave as many open files as before; what a cell costs is recorded."""
    import time
    from pathlib import Path

    from aigcbench.discovery import find_solver
    from aigcbench.harness.cell import Cell
    from aigcbench.solver import Limits

    card = find_solver("round-robin")
    run_cell(nursery, Cell.of(card, {}, tiny, 0, Limits()), tiny)
    files, start = list(Path("/proc/self/fd").iterdir()), time.monotonic()
    for seed in range(100):
        assert run_cell(nursery, Cell.of(card, {}, tiny, seed, Limits()), tiny).status is Status.OK
    record_property("milliseconds_per_cell", (time.monotonic() - start) / 100 * 1e3)
    assert len(list(Path("/proc/self/fd").iterdir())) == len(files)
