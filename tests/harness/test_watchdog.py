"""The watchdog alone: the answer or the verdict, never both."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from aigcbench.harness.cell import Status
from aigcbench.harness.channel import Channel
from aigcbench.harness.nursery import NurseryDied
from aigcbench.harness.watchdog import Watchdog
from aigcbench.solver import Limits


class Ward:
    """A nursery that only notes what is done to it."""

    def __init__(self, memory_mb=10.0, dead=False):
        self.memory_mb, self.dead, self.kills = memory_mb, dead, []
        self.peak_memory_mb = 0.0
        self.beside = ThreadPoolExecutor(1).submit

    def usage(self, plenty_mb):
        return self.memory_mb, 1.0

    def wait(self, seconds):
        if self.dead:
            raise NurseryDied("gone")

    def kill(self, gently):
        self.kills.append(gently)


@pytest.fixture
def watch():
    """Makes a watchdog and the other end of its channel."""
    opened = []

    def make(ward, start_seconds=0.0):
        ours, theirs = socket.socketpair()
        opened.extend([ours, theirs])
        theirs.settimeout(5.0)
        return Watchdog(ward, Channel(ours), Limits(memory_mb=100), start_seconds), theirs

    yield make
    for end in opened:
        end.close()


def test_verdict_first(watch):
    """After a verdict the answer comes too late; the cell is killed gently and hung up."""
    ward = Ward()
    watchdog, theirs = watch(ward)
    watchdog.start()
    assert theirs.recv(1) == b""
    watchdog.disarm()
    assert watchdog.verdict == (Status.TIMEOUT, "not ready within 0 s")
    assert ward.kills == [True]
    assert not watchdog.settle()


def test_answer_first(watch):
    """After the answer no limit is held against the cell any more."""
    ward = Ward(memory_mb=500.0)
    watchdog, _ = watch(ward)
    assert watchdog.settle()
    watchdog.start()
    for _ in range(3):
        watchdog.measure_cpu()
    watchdog.disarm()
    assert watchdog.verdict is None
    assert ward.kills == []
    assert (watchdog.peak_memory_mb, watchdog.cpu_seconds) == (500.0, 1.0)


def test_memory_is_not_gentle(watch):
    """A cell over its memory limit is killed at once."""
    ward = Ward(memory_mb=500.0)
    watchdog, theirs = watch(ward, 60.0)
    watchdog.start()
    assert theirs.recv(1) == b""
    watchdog.disarm()
    assert watchdog.verdict == (Status.MEMORY, "used 500 MB, limit 100 MB")
    assert ward.kills == [False]


@pytest.mark.parametrize(
    ("peak", "verdict"), [(99.0, None), (101.0, (Status.MEMORY, "used 101 MB, limit 100 MB"))], ids=["below", "above"]
)
def test_peak_between_two_looks(watch, peak, verdict):
    """What an ended worker had at most counts, though no look saw it, and though its answer has come."""
    ward = Ward()
    watchdog, _ = watch(ward, 60.0)
    assert watchdog.settle()
    ward.peak_memory_mb = peak
    watchdog.count_worker()
    assert (watchdog.peak_memory_mb, watchdog.verdict) == (peak, verdict)


def test_nursery_that_dies(watch):
    """Where the nursery is gone the conversation is ended, so that nobody waits for ever; that is no verdict."""
    watchdog, theirs = watch(Ward(dead=True), 60.0)
    watchdog.start()
    assert theirs.recv(1) == b""
    watchdog.disarm()
    assert watchdog.verdict is None


def test_cpu_seconds(watch):
    """A worker that has used its CPU-seconds is stopped, counted from when it was armed."""
    ward = Ward()
    watchdog, theirs = watch(ward, 60.0)
    watchdog.arm("trained", 60.0, 0.5)
    watchdog.measure_cpu()
    assert watchdog._passed_limit() is None
    ward.usage = lambda plenty_mb: (10.0, 1.6)
    watchdog.start()
    assert theirs.recv(1) == b""
    watchdog.disarm()
    assert watchdog.verdict == (Status.TIMEOUT, "not trained within its CPU-seconds")
