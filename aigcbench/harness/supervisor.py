"""The supervisor: runs one cell in a worker, watches it from outside, and alone says how it ended."""

from __future__ import annotations

import contextlib
import json
import math
import time
from dataclasses import asdict
from typing import Any

import numpy as np

from aigcbench.errors import InvalidDecisions
from aigcbench.harness import channel as ch
from aigcbench.harness.cell import Cell, Outcome, Status
from aigcbench.harness.channel import ProtocolError
from aigcbench.harness.conversation import Conversation, Failure, solver_job
from aigcbench.harness.nursery import TRIES, Nursery, NurseryDied
from aigcbench.harness.watchdog import Watchdog
from aigcbench.harness.worker import context_to_bytes
from aigcbench.instance import Instance, parse_arrays
from aigcbench.problems.problem import Bound, Episode, Problem, canonical_decisions, problem_of, score
from aigcbench.solver import Limits

COMPILED_FROM = 50_000  # requests: from here on a policy that has a compiled form runs inside the kernel
MAXIMUM_INCUMBENTS = 64
BOUND_START_SECONDS = 300.0  # the first bound on a machine compiles its kernels
SMALL_FRAME = 1 << 20  # bytes


def run_cell(
    nursery: Nursery, cell: Cell, instance: Instance, compiled_from: float = COMPILED_FROM, apart: bool = False
) -> Outcome:
    """Run one cell to its end, whatever the solver does, and score what it decided.

    Parameters
    ----------
    compiled_from
        Number of requests from which a policy's compiled form, if it has one, runs inside the simulator's kernel: in the
        policy's process, which then gets the instance.
    apart
        Whether each agent of a policy decides in a process of its own.
    """
    if not cell.card.solves(instance.formulation):
        return Outcome(Status.SKIPPED, f"{cell.card.name} does not solve '{instance.formulation}'")
    if cell.card.kind == "learner" and not cell.checkpoint:
        return Outcome(*cell.untrained)
    for _ in range(TRIES):
        with contextlib.suppress(NurseryDied):
            return _Run(nursery, cell, instance, compiled_from, apart).outcome()
    return Outcome(Status.CRASH, f"the process above the solver was lost {TRIES} times while it ran")


class _Run:
    """One cell on its way."""

    def __init__(self, nursery: Nursery, cell: Cell, instance: Instance, compiled_from: float, apart: bool) -> None:
        self._cell, self._instance = cell, instance
        self._compiled_from, self._apart = compiled_from, apart
        self._problem = problem_of(instance)
        self._problem.prepare()
        largest_frame = SMALL_FRAME + 4 * _decision_bytes(self._problem, instance)
        self._conversation = Conversation(nursery, cell.limits, largest_frame)
        self._incumbents: list[tuple[float, bytes]] = []
        self._latencies: list[float] = []
        self._ready_at = 0.0

    def outcome(self) -> Outcome:
        """Run, bury, judge."""
        conversation, decisions, status, detail = self._conversation, None, Status.OK, ""
        try:
            decisions = conversation.hold(self._decisions)
        except Failure as failure:
            status, detail = failure.status, failure.detail
        outcome = Outcome(
            status,
            detail,
            decisions,
            wall_seconds=conversation.done_at - self._ready_at if self._ready_at else 0.0,
            cpu_seconds=conversation.watchdog.cpu_seconds,
            peak_memory_mb=conversation.watchdog.peak_memory_mb,
            latencies=np.array(self._latencies),
        )
        self._judge(outcome)
        return outcome

    def _decisions(self) -> dict[str, np.ndarray]:
        """Talk to the worker until it has decided everything."""
        card, checkpoint, channel = self._cell.card, self._cell.checkpoint, self._conversation.channel
        compiled = card.kind != "planner" and self._problem.n_requests(self._instance) >= self._compiled_from
        job = solver_job(card, self._cell.parameters) | {
            "role": card.kind,
            "entropy": self._cell.entropy(),
            "limits": asdict(self._cell.limits),
            "compiled": compiled,
            "apart": self._apart,
        }
        channel.send(ch.JOB, json.dumps(job).encode())
        if checkpoint:
            channel.send(ch.WEIGHTS, checkpoint.weights_bytes)
        self._conversation.expect(ch.READY)
        self._ready_at = time.monotonic()
        self._conversation.watchdog.arm("done", self._cell.limits.wall_seconds)
        if card.kind == "planner":
            return self._plan()
        context = self._problem.context(self._instance, card.information)
        channel.send(ch.CONTEXT, context_to_bytes(context))
        answers = (ch.STEPWISE, ch.COMPILED) if compiled else (ch.STEPWISE,)  # no other policy ever gets the instance
        if self._conversation.expect(*answers)[0] == ch.COMPILED:
            return self._plan()
        return self._step_through(self._problem.episode(self._instance, card.information), context.action_shape)

    def _plan(self) -> dict[str, np.ndarray]:
        """Hand the instance over; collect incumbents until the final decisions come."""
        self._conversation.channel.send(ch.INSTANCE, self._instance.to_bytes())
        while True:
            kind, payload = self._conversation.expect(ch.INCUMBENT, ch.DONE)
            now = time.monotonic()
            if kind == ch.DONE:
                self._conversation.settle(now)
                return self._parsed(payload)
            if self._conversation.watchdog.verdict is None:
                self._incumbents.append((now - self._ready_at, payload))
            if len(self._incumbents) > MAXIMUM_INCUMBENTS:
                self._thin_out()

    def _thin_out(self) -> None:
        """Drop the incumbent that stood shortest, never the first or the latest."""
        times = [seconds for seconds, _ in self._incumbents]
        stood = [times[i + 1] / max(times[i], 1e-9) for i in range(1, len(times) - 1)]
        del self._incumbents[1 + int(np.argmin(stood))]

    def _step_through(self, episode: Episode, shape: tuple[int, ...]) -> dict[str, np.ndarray]:
        """Play the episode here, with the policy on the other side of the pipe; ``shape`` is that of an action."""
        channel, dtype = self._conversation.channel, self._problem.action.dtype
        action_bytes = 8 * math.prod(shape)
        kind, reward = ch.FIRST, 0.0
        clock = time.perf_counter
        while not episode.done:
            if channel.has_unread():
                raise ProtocolError("an answer before the question")
            start = clock()
            channel.send(kind, ch.REQUEST.pack(reward, episode.agent) + episode.vector.tobytes())
            _, payload = self._conversation.expect(ch.ACTION)
            self._latencies.append(clock() - start)
            if len(payload) != action_bytes:
                raise ProtocolError(f"an action of {len(payload)} bytes instead of {action_bytes}")
            try:
                reward = episode.step(np.frombuffer(payload, dtype).reshape(shape))
            except InvalidDecisions as error:
                raise Failure(Status.INVALID, f"{error.constraint}: {error}") from None
            kind = ch.STEP
        self._conversation.settle(time.monotonic())
        with contextlib.suppress(OSError):  # it has decided everything and may be gone
            channel.send(ch.STEP, ch.REWARD.pack(reward))
        return episode.decisions()

    def _parsed(self, payload: bytes) -> dict[str, np.ndarray]:
        try:
            return canonical_decisions(self._problem, parse_arrays(payload, "decisions"))
        except ValueError as error:
            raise Failure(Status.INVALID, f"format: {error}") from None

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
        except Failure as failure:
            outcome.status, outcome.detail = failure.status, failure.detail
        for seconds, payload in self._incumbents:
            try:
                outcome.anytime.append((seconds, score(self._instance, self._parsed(payload)).primary))
            except (InvalidDecisions, Failure):
                continue  # an illegal incumbent is no point of the curve
        if outcome.score is not None and outcome.status is Status.OK and self._incumbents:
            outcome.anytime.append((outcome.wall_seconds, outcome.score.primary))


def _decision_bytes(problem: Problem, instance: Instance) -> int:
    """Size of the decisions on an instance, so that no frame can fill the supervisor's memory."""
    sizes: dict[str | int, int] = {}
    for array in problem.arrays:
        sizes |= zip(array.shape, instance[array.name].shape, strict=True)
    lengths = [[n if isinstance(n, int) else sizes[n] for n in array.shape] for array in problem.decisions]
    return 8 * sum(map(math.prod, lengths))


def run_bound(nursery: Nursery, instance: Instance, seconds: float, limits: Limits) -> Bound | None:
    """The library's own proven bound of an instance, computed in a worker; None if that fails."""
    for _ in range(TRIES):
        with contextlib.suppress(NurseryDied):
            return _bound(nursery, instance, seconds, limits)
    return None


def _bound(nursery: Nursery, instance: Instance, seconds: float, limits: Limits) -> Bound | None:
    channel = nursery.spawn()
    watchdog = Watchdog(nursery, channel, limits, BOUND_START_SECONDS)
    watchdog.start()
    answer: Any = None
    try:
        channel.send(
            ch.JOB, json.dumps({"role": "bound", "formulation": instance.formulation, "seconds": seconds}).encode()
        )
        if channel.receive()[0] == ch.READY:
            watchdog.arm("done", limits.wall_seconds)
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
