"""Training in the worker: gives a learner its environments and its run, and sends back the weights."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from aigcbench.checkpoint import refuse_weights, weights_from_bytes, weights_to_bytes
from aigcbench.errors import InputError, one_line
from aigcbench.harness import channel as ch
from aigcbench.harness.channel import Channel
from aigcbench.harness.job import generator_of, solver_of
from aigcbench.instance import dump_arrays
from aigcbench.solver import Budget, Learner, Weights
from aigcbench.tasks import GymnasiumTask, Task, task_named

MAXIMUM_POINTS = 1000
RUN = "aigcbench.run"  # the run's own entry among the arrays of a saved state


def train(channel: Channel, job: dict[str, Any]) -> None:
    """Train from the start or from a saved state; answer with what was spent, the curve and the weights."""
    learner: Learner = solver_of(job, "learner")
    learner.prepare()
    task, budget = task_named(job["task"]), Budget(**job["budget"])
    number, observation = learner.environment_batch()
    environments = Metered(task.environments(number, observation, job["environment_seed"]), budget.environment_steps)
    rng = generator_of(job)
    channel.send(ch.READY)
    channel.receive()
    run = Run(channel, task, learner, environments, rng, Path(job["state"]))
    weights = learner.train(environments, budget, rng, run)
    spent = run.spent()
    head = {"validation": run.validate(weights), "spent": spent, "curve": run.curve}
    channel.send(ch.TRAINED, json.dumps(head, allow_nan=False).encode() + b"\n" + weights_to_bytes(weights))


def test(channel: Channel, job: dict[str, Any]) -> None:
    """Play the test episodes of a Gymnasium environment with given weights; answer with their returns."""
    learner: Learner = solver_of(job, "learner")
    policy = learner.policy(weights_from_bytes(channel.receive()[1]))
    policy.prepare()
    task = task_named(job["task"])
    assert isinstance(task, GymnasiumTask)
    channel.send(ch.READY)
    channel.send(ch.DONE, dump_arrays({"return": task.returns(policy, "test", job["episodes"])}))


class Metered(gymnasium.vector.VectorWrapper):
    """Counts the steps of all environments together, and gives no more than the budget has.

    Parameters
    ----------
    limit
        Environment steps of the budget; the last batch may pass it.
    """

    def __init__(self, environments: gymnasium.vector.VectorEnv, limit: int) -> None:
        super().__init__(environments)
        self.limit, self.steps = limit, 0

    def step(self, actions: Any) -> Any:
        """Step every environment once."""
        self.charge(self.num_envs)
        return self.env.step(actions)

    def stations(self) -> Any:
        """The same task for learners with several agents, where it has such a form; its decisions are charged one by one."""
        unwrapped: Any = self.env.unwrapped
        return unwrapped.stations(self.charge)

    def rollouts(self) -> Any:
        """Recorded episodes for learners with a model of the environment, where it has them; recording is charged."""
        unwrapped: Any = self.env.unwrapped
        return unwrapped.rollouts(self.charge)

    def charge(self, steps: int) -> None:
        """Count steps that are about to be made."""
        if self.steps >= self.limit:
            raise RuntimeError(f"the training budget of {self.limit} environment steps is spent")
        self.steps += steps


class Run:
    """The `TrainingRun` of a learner in a worker.

    Parameters
    ----------
    environments
        They count the steps.
    rng
        The learner's; a saved state puts it back to where it was.
    path
        Of the saved state.
    """

    def __init__(
        self,
        channel: Channel,
        task: Task,
        learner: Learner,
        environments: Metered,
        rng: np.random.Generator,
        path: Path,
    ) -> None:
        self._channel, self._task, self._learner = channel, task, learner
        self._environments, self._rng, self._path = environments, rng, path
        self._validated: dict[bytes, float] = {}
        self._updates, self._cpu_before, self._started = 0, 0.0, time.process_time()
        self.curve: list[dict[str, float]] = []
        self.saved: Mapping[str, np.ndarray] | None = self._restore() if path.is_file() else None

    def report(self, metrics: Mapping[str, float]) -> None:
        """See `TrainingRun`."""
        self._updates = int(metrics.get("updates", self._updates))
        known = {str(name): float(value) for name, value in metrics.items() if math.isfinite(value)}
        point = known | {name: float(value) for name, value in self.spent().items()}
        self.curve.append(point)
        if len(self.curve) > MAXIMUM_POINTS:
            del self.curve[1::2]
        self._channel.send(ch.PROGRESS, json.dumps(point).encode())

    def validate(self, weights: Weights) -> float:
        """See `TrainingRun`."""
        refuse_weights(weights, "weights")
        content = weights_to_bytes(weights)
        if content not in self._validated:
            policy = self._learner.policy(weights)
            policy.prepare()
            score = self._task.validate(policy, self._learner.information)
            self._validated = {content: score}  # weights are asked for twice in a row, when training ends
        return self._validated[content]

    def save(self, state: Mapping[str, np.ndarray]) -> None:
        """See `TrainingRun`; written whole or not at all."""
        head = self.spent() | {"rng": self._rng.bit_generator.state, "curve": self.curve}
        own = np.frombuffer(json.dumps(head).encode(), np.uint8)
        arrays = {name: np.ascontiguousarray(array).reshape(np.shape(array)) for name, array in state.items()}
        partial = self._path.with_name(self._path.name + ".partial")
        save_file(arrays | {RUN: own}, partial)
        partial.replace(self._path)

    def cpu_seconds(self) -> float:
        """See `TrainingRun`."""
        return self._cpu_before + time.process_time() - self._started

    def spent(self) -> dict[str, float]:
        """What has been spent until now, by the names of `Spent`."""
        return {
            "environment_steps": self._environments.steps,
            "updates": self._updates,
            "cpu_seconds": round(self.cpu_seconds(), 3),
        }

    def _restore(self) -> dict[str, np.ndarray]:
        """Go back to the saved state."""
        try:
            arrays = load_file(self._path)
            head = json.loads(arrays.pop(RUN).tobytes())
            self._rng.bit_generator.state = head["rng"]
            self._environments.steps, self._updates = int(head["environment_steps"]), int(head["updates"])
            self._cpu_before, self.curve = float(head["cpu_seconds"]), list(head["curve"])
        except (SafetensorError, KeyError, ValueError, TypeError) as error:
            raise InputError(str(self._path), f"unreadable ({one_line(error, 100)})", "a saved state") from None
        return arrays
