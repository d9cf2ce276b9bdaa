"""Training seen from outside: one order, one worker, one checkpoint."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aigcbench.card import SolverCard
from aigcbench.checkpoint import MAXIMUM_BYTES, Checkpoint, Spent, Training, weights_from_bytes
from aigcbench.errors import InputError
from aigcbench.harness import channel as ch
from aigcbench.harness.cell import Status, Untrained
from aigcbench.harness.channel import ProtocolError
from aigcbench.harness.conversation import Conversation, Failure, solver_job
from aigcbench.harness.machine import environment
from aigcbench.harness.nursery import START_SECONDS, TRIES, Nursery, NurseryDied
from aigcbench.instance import parse_arrays
from aigcbench.solver import Budget, Limits
from aigcbench.tasks import Task, task_named, training_of

CPU_SLACK = 1.1
"""Share of a budget's CPU-seconds at which a learner is stopped from outside, after as many seconds as a start may take."""
WALL_SLACK = 20.0
"""Wall seconds per CPU-second: other processes may keep the processor busy, and nothing is timed."""
PACKAGES = ("aigcbench", "numpy", "numba", "torch", "gymnasium", "safetensors")

Report = Callable[[Mapping[str, float]], None]


@dataclass(frozen=True)
class Order:
    """A training to be done.

    Parameters
    ----------
    card
        The learner.
    training
        Everything that determines the weights.
    source
        What the worker makes the task from.
    """

    card: SolverCard
    training: Training
    source: str

    @classmethod
    def of(cls, card: SolverCard, parameters: Mapping[str, Any], task: str | Task, seed: int, budget: Budget) -> Order:
        """The order to train a learner on a task (or what `task_named` takes) with a seed."""
        task = task_named(task) if isinstance(task, str) else task
        return cls(card, training_of(card, parameters, task, seed, budget), task.source)

    @property
    def name(self) -> str:
        """What a progress line calls it."""
        return f"{self.training.label} seed {self.training.seed} trains on {self.training.task}"

    def state_path(self, folder: Path) -> Path:
        """Where the state of this training is kept below a folder of checkpoints until it is done."""
        return folder / self.training.task / f"{self.training.name}-{self.training.key[:12]}.state"


def run_training(
    nursery: Nursery, order: Order, folder: Path, limits: Limits, report: Report = lambda _: None
) -> Checkpoint | Untrained:
    """Train in a worker, from a state that a killed training has left if there is one; save the checkpoint.

    Parameters
    ----------
    folder
        Of checkpoints; files go to ``<folder>/<task>/``.
    limits
        Memory and threads; the wall clock is that of the budget.
    report
        Called with each point of the training curve.

    Returns
    -------
    The checkpoint, or how the training failed.
    """
    path = order.state_path(folder.resolve())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(str(path.parent), f"cannot be written ({error.strerror})", "a writable place") from None
    for _ in range(TRIES):
        with contextlib.suppress(NurseryDied):
            try:
                checkpoint = _train(nursery, order, path, limits, report)
            except Failure as failure:
                return Untrained(failure.status, f"training failed: {failure.detail}")
            checkpoint.save(path.parent)
            for left in (path, path.with_name(path.name + ".partial")):
                left.unlink(missing_ok=True)
            return checkpoint
    return Untrained(Status.CRASH, f"training failed: the process above the solver was lost {TRIES} times")


def _train(nursery: Nursery, order: Order, state: Path, limits: Limits, report: Report) -> Checkpoint:
    training, budget = order.training, order.training.budget
    conversation = Conversation(nursery, limits, MAXIMUM_BYTES + (1 << 22))
    job = solver_job(order.card, training.parameters) | {
        "role": "train",
        "task": order.source,
        "budget": asdict(budget),
        "entropy": training.entropy("learner"),
        "environment_seed": training.entropy("environments") % 2**31,
        "state": str(state),
    }

    def talk() -> bytes:
        conversation.channel.send(ch.JOB, json.dumps(job).encode())
        conversation.expect(ch.READY)
        cpu_seconds = CPU_SLACK * budget.cpu_seconds + START_SECONDS
        conversation.watchdog.arm("trained", WALL_SLACK * budget.cpu_seconds + START_SECONDS, cpu_seconds)
        conversation.channel.send(ch.TRAIN)
        while True:
            kind, payload = conversation.expect(ch.PROGRESS, ch.TRAINED)
            if kind == ch.TRAINED:
                return payload
            report(_numbers(payload))

    head, _, data = conversation.hold(talk).partition(b"\n")
    try:
        answer = json.loads(head)
        return Checkpoint(
            training=training,
            weights=weights_from_bytes(data),
            spent=Spent(**answer["spent"]),
            validation=float(answer["validation"]),
            curve=tuple(answer["curve"]),
            packages={name: version for name, version in environment()["packages"].items() if name in PACKAGES},
        )
    except (ValueError, TypeError, KeyError) as error:
        raise Failure(Status.ERROR, f"the solver's process sent no checkpoint ({error})") from None


def _numbers(payload: bytes) -> dict[str, float]:
    try:
        return {str(name): float(value) for name, value in json.loads(payload).items()}
    except (ValueError, TypeError, AttributeError):
        raise ProtocolError("a report that cannot be read") from None


def run_test(nursery: Nursery, order: Order, checkpoint: Checkpoint, episodes: int, limits: Limits) -> np.ndarray:
    """Returns of the test episodes of a Gymnasium environment, shape (episodes,); `Failure` where there are none."""
    conversation = Conversation(nursery, limits, 1 << 22)
    job = solver_job(order.card, checkpoint.training.parameters)
    job |= {"role": "test", "task": order.source, "episodes": episodes}

    def talk() -> bytes:
        conversation.channel.send(ch.JOB, json.dumps(job).encode())
        conversation.channel.send(ch.WEIGHTS, checkpoint.weights_bytes)
        conversation.expect(ch.READY)
        conversation.watchdog.arm("played", limits.wall_seconds)
        return conversation.expect(ch.DONE)[1]

    return parse_arrays(conversation.hold(talk))["return"]
