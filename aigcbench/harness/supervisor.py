"""The supervisor: runs one cell in a worker, watches it from outside, and alone says how it ended."""

from __future__ import annotations

import json
import math
import signal
import threading
import time
from dataclasses import asdict
from typing import Any

import numpy as np
import psutil

from aigcbench.errors import InvalidDecisions
from aigcbench.harness import channel as ch
from aigcbench.harness.cell import Cell, Outcome, Status
from aigcbench.harness.channel import Channel, ProtocolError
from aigcbench.harness.nursery import START_SECONDS, Nursery
from aigcbench.harness.worker import context_to_bytes
from aigcbench.instance import Instance, parse_arrays
from aigcbench.problems.problem import Bound, Episode, canonical_decisions, problem_of, score
from aigcbench.solver import Limits

POLL_SECONDS = 0.02
GRACE_SECONDS = 0.25  # beyond the wall limit, for an answer already on its way
COMPILED_FROM = 50_000  # requests: from here on a policy that has a compiled form runs inside the kernel
MAXIMUM_INCUMBENTS = 64
TRAINING_SLACK = 1.5  # wall seconds per CPU-second of a training budget


class _Failure(Exception):
    """A cell that ended without decisions: its status and detail."""

    def __init__(self, status: Status, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


class _Watchdog(threading.Thread):
    """Kills a cell that overruns its wall or memory limit, and remembers why."""

    def __init__(self, nursery: Nursery, limits: Limits) -> None:
        super().__init__(daemon=True)
        self._nursery, self._limits = nursery, limits
        self._halt = threading.Event()
        self._seconds, self._deadline = START_SECONDS, time.monotonic() + START_SECONDS
        self.verdict: tuple[Status, str] | None = None
        self.peak_memory_mb = 0.0
        self.cpu_seconds = 0.0

    def arm(self, seconds: float) -> None:
        """Give the worker so many seconds from now on."""
        self._seconds, self._deadline = seconds, time.monotonic() + seconds + GRACE_SECONDS

    def measure_cpu(self) -> float:
        """CPU-seconds of the worker's process tree so far."""
        self._measure()
        return self.cpu_seconds

    def disarm(self) -> None:
        """Stop watching; take the last measurement."""
        self._measure()
        self._halt.set()
        self.join()

    def run(self) -> None:
        """Poll until disarmed or a limit is passed."""
        while not self._halt.wait(POLL_SECONDS):
            self._measure()
            if self.peak_memory_mb > self._limits.memory_mb:
                used = f"{self.peak_memory_mb:.0f} MB"
                self.verdict = (Status.MEMORY, f"used {used}, limit {self._limits.memory_mb:g} MB")
            elif time.monotonic() > self._deadline:
                self.verdict = (Status.TIMEOUT, f"not done within {self._seconds:g} s")
            if self.verdict:
                self._nursery.kill(gently=self.verdict[0] is Status.TIMEOUT)
                return

    def _measure(self) -> None:
        memory = cpu = 0.0
        for process in self._nursery.descendants():
            try:
                memory += process.memory_info().rss
                times = process.cpu_times()
                cpu += times.user + times.system
            except psutil.NoSuchProcess:
                continue
        self.peak_memory_mb = max(self.peak_memory_mb, memory / 1e6)
        self.cpu_seconds = max(self.cpu_seconds, cpu)


def run_cell(nursery: Nursery, cell: Cell, instance: Instance, compiled_from: int = COMPILED_FROM) -> Outcome:
    """Run one cell to its end, whatever the solver does, and score what it decided.

    Parameters
    ----------
    compiled_from
        Number of requests from which a policy's compiled form, if it has one, runs inside the simulator's kernel.
    """
    if not cell.card.solves(instance.formulation):
        return Outcome(Status.SKIPPED, f"{cell.card.name} does not solve '{instance.formulation}'")
    return _Run(nursery, cell, instance, compiled_from).outcome()


class _Run:
    """One cell on its way."""

    def __init__(self, nursery: Nursery, cell: Cell, instance: Instance, compiled_from: int) -> None:
        self._nursery, self._cell, self._instance = nursery, cell, instance
        self._compiled_from = compiled_from
        self._problem = problem_of(instance)
        self._problem.prepare()
        self._incumbents: list[tuple[float, bytes]] = []
        self._latencies: list[float] = []
        self._ready_at = 0.0
        self._training_cpu_seconds = math.nan
        self._done_at = 0.0

    def outcome(self) -> Outcome:
        """Run, bury, judge."""
        decisions, failure = None, None
        channel = self._nursery.spawn()
        watchdog = _Watchdog(self._nursery, self._cell.limits)
        watchdog.start()
        try:
            decisions = self._decisions(channel, watchdog)
        except _Failure as caught:
            failure = caught
        except (EOFError, OSError):
            failure = None  # the worker is gone: the watchdog or the exit code says why
        except ProtocolError as error:
            failure = _Failure(Status.ERROR, f"worker sent {error}")
        finally:
            self._done_at = self._done_at or time.monotonic()
            watchdog.disarm()
            channel.close()
            exit_code = self._nursery.bury()
        status, detail = Status.OK, ""
        if decisions is None:
            status, detail = self._reason(watchdog, failure, exit_code)
        outcome = Outcome(
            status,
            detail,
            decisions,
            wall_seconds=self._done_at - self._ready_at if self._ready_at else 0.0,
            cpu_seconds=watchdog.cpu_seconds,
            training_cpu_seconds=self._training_cpu_seconds,
            peak_memory_mb=watchdog.peak_memory_mb,
            latencies=np.array(self._latencies),
        )
        self._judge(outcome)
        return outcome

    def _decisions(self, channel: Channel, watchdog: _Watchdog) -> dict[str, np.ndarray]:
        """Talk to the worker until it has decided everything."""
        compiled = self._cell.card.kind == "policy" and self._problem.n_requests(self._instance) >= self._compiled_from
        job = {
            "role": self._cell.card.kind,
            "location": self._cell.card.location,
            "class_name": self._cell.card.class_name,
            "parameters": dict(self._cell.parameters),
            "entropy": self._cell.entropy(),
            "limits": asdict(self._cell.limits),
            "compiled": compiled,
        }
        channel.send(ch.JOB, json.dumps(job).encode())
        self._expect(channel, ch.READY)
        if self._cell.card.kind == "learner":
            self._train(channel, watchdog)
        self._ready_at = time.monotonic()
        watchdog.arm(self._cell.limits.wall_seconds)
        if self._cell.card.kind == "planner":
            return self._plan(channel)
        channel.send(ch.CONTEXT, context_to_bytes(self._problem.context(self._instance, self._cell.card.information)))
        if compiled and self._expect(channel, ch.READY, ch.NOT_COMPILED)[0] == ch.READY:
            return self._plan(channel)
        return self._step_through(channel, self._problem.episode(self._instance, self._cell.card.information))

    def _train(self, channel: Channel, watchdog: _Watchdog) -> None:
        """Let a learner train within its budget, counted from outside."""
        budget = self._cell.budget
        watchdog.arm(TRAINING_SLACK * budget.cpu_seconds + START_SECONDS)
        order = {"formulation": self._cell.formulation, "scenario": self._cell.scenario, "budget": asdict(budget)}
        channel.send(ch.TRAIN, json.dumps(order).encode())
        self._expect(channel, ch.TRAINED)
        self._training_cpu_seconds = watchdog.measure_cpu()

    def _plan(self, channel: Channel) -> dict[str, np.ndarray]:
        """Hand the instance over; collect incumbents until the final decisions come."""
        channel.send(ch.INSTANCE, self._instance.to_bytes())
        while True:
            kind, payload = self._expect(channel, ch.INCUMBENT, ch.DONE)
            now = time.monotonic() - self._ready_at
            if kind == ch.DONE:
                self._done_at = self._ready_at + now
                return self._parsed(payload)
            self._incumbents.append((now, payload))
            if len(self._incumbents) > MAXIMUM_INCUMBENTS:
                self._thin_out()

    def _thin_out(self) -> None:
        """Drop the incumbent that stood shortest, never the first or the latest."""
        times = [seconds for seconds, _ in self._incumbents]
        stood = [times[i + 1] / max(times[i], 1e-9) for i in range(1, len(times) - 1)]
        del self._incumbents[1 + int(np.argmin(stood))]

    def _step_through(self, channel: Channel, episode: Episode) -> dict[str, np.ndarray]:
        """Play the episode here, with the policy on the other side of the pipe."""
        action_bytes = 8 * math.prod(int(length) for length in self._problem.action.shape)
        dtype, shape = self._problem.action.dtype, self._problem.action.shape
        kind, reward = ch.FIRST, 0.0
        clock = time.perf_counter
        while not episode.done:
            start = clock()
            channel.send(kind, np.float64(reward).tobytes() + episode.vector.tobytes())
            _, payload = self._expect(channel, ch.ACTION)
            self._latencies.append(clock() - start)
            if len(payload) != action_bytes:
                raise _Failure(Status.ERROR, f"act returned {len(payload)} bytes, expected {action_bytes}")
            try:
                reward = episode.step(np.frombuffer(payload, dtype).reshape(shape))  # type: ignore[arg-type]
            except InvalidDecisions as error:
                raise _Failure(Status.INVALID, f"{error.constraint}: {error}") from None
            kind = ch.STEP
        self._done_at = time.monotonic()
        channel.send(ch.STEP, np.float64(reward).tobytes())
        return episode.decisions()

    def _expect(self, channel: Channel, *kinds: bytes) -> tuple[bytes, bytes]:
        """The next frame, which must be of one of these kinds."""
        kind, payload = channel.receive()
        if kind == ch.ERROR:
            raise _Failure(Status.ERROR, payload.decode(errors="replace"))
        if kind not in kinds:
            raise ProtocolError(f"an unexpected frame {kind!r}")
        return kind, payload

    def _parsed(self, payload: bytes) -> dict[str, np.ndarray]:
        try:
            return canonical_decisions(self._problem, parse_arrays(payload, "decisions"))
        except ValueError as error:
            raise _Failure(Status.INVALID, f"format: {error}") from None

    def _reason(self, watchdog: _Watchdog, failure: _Failure | None, exit_code: int) -> tuple[Status, str]:
        """Why there are no decisions: a limit first, then what the worker said, then how it died."""
        if watchdog.verdict:
            return watchdog.verdict
        if failure:
            return failure.status, failure.detail
        if exit_code < 0:
            return Status.CRASH, signal.Signals(-exit_code).name
        return Status.ERROR, f"the solver's process ended by itself with exit code {exit_code}"

    def _judge(self, outcome: Outcome) -> None:
        """Score the decisions, or the last incumbent of a stopped planner, and the anytime curve."""
        stopped = outcome.status in (Status.TIMEOUT, Status.MEMORY) and self._incumbents
        try:
            if stopped:
                outcome.decisions = self._parsed(self._incumbents[-1][1])
            if outcome.decisions is not None:
                outcome.score = score(self._instance, outcome.decisions)
        except InvalidDecisions as error:
            outcome.status, outcome.detail = Status.INVALID, f"{error.constraint}: {error}"
        except _Failure as failure:
            outcome.status, outcome.detail = failure.status, failure.detail
        for seconds, payload in self._incumbents:
            try:
                outcome.anytime.append((seconds, score(self._instance, self._parsed(payload)).primary))
            except (InvalidDecisions, _Failure):
                continue  # an illegal incumbent is no point of the curve
        if outcome.score is not None and outcome.status is Status.OK and self._incumbents:
            outcome.anytime.append((outcome.wall_seconds, outcome.score.primary))


def run_bound(nursery: Nursery, instance: Instance, seconds: float, limits: Limits) -> Bound | None:
    """The library's own proven bound of an instance, computed in a worker; None if that fails."""
    channel = nursery.spawn()
    watchdog = _Watchdog(nursery, limits)
    watchdog.start()
    answer: Any = None
    try:
        channel.send(ch.JOB, json.dumps({"role": "bound", "seconds": seconds}).encode())
        if channel.receive()[0] == ch.READY:
            watchdog.arm(limits.wall_seconds)
            channel.send(ch.INSTANCE, instance.to_bytes())
            kind, payload = channel.receive()
            answer = json.loads(payload) if kind == ch.DONE else None
    except (EOFError, OSError, ProtocolError):
        answer = None
    finally:
        watchdog.disarm()
        channel.close()
        nursery.bury()
    return Bound(float(answer[0]), str(answer[1])) if answer else None
