"""What a learner is trained on: a scenario of the benchmark, or any environment that Gymnasium knows.

Both give batched training environments and a validation score, so that a learner need not know which it has. The three splits
of a task are disjoint: training draws from ``train``, `Task.validate` plays ``validation``, only an evaluation plays ``test``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from aigcbench.agents import agents_of, compiled_form
from aigcbench.card import SolverCard
from aigcbench.checkpoint import Training
from aigcbench.errors import InputError, one_line
from aigcbench.instance import Instance
from aigcbench.observation import Context, Layout, Observation, View
from aigcbench.problems.problem import problem_of, score
from aigcbench.scenario import scenario_named
from aigcbench.score import primary_metric
from aigcbench.solver import Budget, Policy

if TYPE_CHECKING:
    import gymnasium

VALIDATION_EPISODES = 30
GYMNASIUM = "gymnasium/"


class Task(Protocol):
    """Something to learn.

    Attributes
    ----------
    name, version, sha256
        Its identity; the hash is of what is drawn from.
    source
        What `task_named` makes it from, in whatever folder.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def sha256(self) -> str: ...
    @property
    def source(self) -> str: ...

    def environments(self, number: int, observation: str, seed: int) -> gymnasium.vector.VectorEnv:
        """A batch on the training split, reset with ``seed``."""

    def validate(self, policy: Policy, information: str) -> float:
        """Mean score on the validation split, higher is better."""


def task_named(source: str) -> Task:
    """The task of a scenario (by name or ``.toml`` file), or of ``gymnasium/<id>``."""
    return GymnasiumTask(source.removeprefix(GYMNASIUM)) if source.startswith(GYMNASIUM) else ScenarioTask(source)


def training_of(card: SolverCard, parameters: Mapping[str, Any], task: Task, seed: int, budget: Budget) -> Training:
    """The training of a learner on a task; `InputError` where the solver is no learner or has no such parameters."""
    if card.kind != "learner":
        raise InputError(f"solver {card.name}", f"a {card.kind}", "a learner: nothing else is trained")
    validated = card.validated(parameters)
    return Training(
        solver=card.name,
        version=card.version,
        parameters=validated,
        source_sha256=card.source_sha256,
        label=card.label(validated),
        task=task.name,
        task_version=task.version,
        task_sha256=task.sha256,
        seed=seed,
        budget=budget,
    )


class ScenarioTask:
    """A scenario: its ``train`` and ``validation`` splits."""

    def __init__(self, source: str) -> None:
        self._scenario = scenario_named(source)
        self.name, self.version = self._scenario.name, self._scenario.version
        self.source = str(Path(source).resolve()) if source.endswith(".toml") else source

    @cached_property
    def sha256(self) -> str:
        """Hash of what instances are drawn from."""
        return self._scenario.sha256

    def environments(self, number: int, observation: str, seed: int) -> gymnasium.vector.VectorEnv:
        """The formulation's own batch; see `Task`."""
        import gymnasium

        name = f"aigcbench.environments:aigcbench/{self._scenario.formulation.capitalize()}-v0"
        environments = gymnasium.make_vec(
            name, num_envs=number, scenario=self.source, observation=observation, split="train"
        )
        environments.reset(seed=seed)
        return environments

    def validate(self, policy: Policy, information: str) -> float:
        """Mean primary score, its sign turned where less is better; see `Task`."""
        scores = []
        for seed in range(VALIDATION_EPISODES):
            instance = self._scenario.instance(seed, "validation")
            decisions = play(policy, instance, information, np.random.Generator(np.random.PCG64(seed)))
            scores.append(score(instance, decisions))
        sign = 1.0 if primary_metric(scores[0].definitions).direction == "up" else -1.0
        return sign * float(np.mean([judged.primary for judged in scores]))


def play(policy: Policy, instance: Instance, information: str, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Let a policy decide an instance in this process, in its compiled form if it has one; return the decisions."""
    problem = problem_of(instance)
    context = problem.context(instance, information)
    agents = agents_of(policy, context, rng)
    compiled = compiled_form(agents)
    if compiled is not None:
        return problem.run_compiled(instance, information, *compiled)
    episode = problem.episode(instance, information)
    observation = Observation(np.empty(context.observation_length), context.layout)
    learns = type(policy).feedback is not Policy.feedback
    while not episode.done:
        agent = agents[episode.agent]
        observation.vector[:] = episode.vector
        reward = episode.step(np.asarray(agent.act(observation)))
        if learns:
            agent.feedback(reward)
    return episode.decisions()


class GymnasiumTask:
    """An environment of Gymnasium with a vector of numbers to see and a discrete action: ``gymnasium/CartPole-v1``."""

    version = 0

    def __init__(self, environment_id: str) -> None:
        import gymnasium

        try:
            environment = gymnasium.make(environment_id)
        except (gymnasium.error.Error, ImportError) as error:
            raise InputError("--env", one_line(error, 160), "an environment that Gymnasium can make") from None
        space, actions = environment.observation_space, environment.action_space
        environment.close()
        if not isinstance(space, gymnasium.spaces.Box) or len(space.shape) != 1:
            raise InputError("--env", f"{environment_id} shows {one_line(space, 80)}", "a vector of numbers")
        if not isinstance(actions, gymnasium.spaces.Discrete) or actions.start != 0:
            raise InputError("--env", f"{environment_id} takes {one_line(actions, 80)}", "actions 0, 1, ...")
        self._id, self._length, self._n_actions = environment_id, space.shape[0], int(actions.n)
        self.name = self.source = GYMNASIUM + environment_id
        self.sha256 = hashlib.sha256(self.name.encode()).hexdigest()

    def environments(self, number: int, observation: str, seed: int) -> gymnasium.vector.VectorEnv:
        """Copies stepped one after the other, all with what the environment shows; see `Task`."""
        import gymnasium
        from gymnasium.vector import AutoresetMode

        environments = gymnasium.make_vec(
            self._id, number, "sync", vector_kwargs={"autoreset_mode": AutoresetMode.SAME_STEP}
        )
        seeds: Any = [self._seed("train", seed, n) for n in range(number)]
        environments.reset(seed=seeds)
        return environments

    def validate(self, policy: Policy, information: str) -> float:
        """Mean return; see `Task`."""
        return float(self.returns(policy, "validation", VALIDATION_EPISODES).mean())

    def returns(self, policy: Policy, split: str, episodes: int) -> np.ndarray:
        """Undiscounted return of each episode of a split, shape (episodes,)."""
        import gymnasium

        environment: gymnasium.Env[Any, Any] = gymnasium.make(self._id)
        vector = np.empty(self._length)
        observation = Observation(vector, self._context().layout)
        returns = np.zeros(episodes)
        for episode in range(episodes):
            policy.reset(self._context(), np.random.Generator(np.random.PCG64(self._seed(split, episode, 1))))
            vector[:], _ = environment.reset(seed=self._seed(split, episode, 0))
            done = False
            while not done:
                vector[:], reward, terminated, truncated, _ = environment.step(int(policy.act(observation)))
                returns[episode] += float(reward)
                done = terminated or truncated
        environment.close()
        return returns

    def _context(self) -> Context:
        """What a policy knows: the observation as one view, in the environment's own units."""
        view = View("observation", "", f"what {self._id} shows", 0, self._length)
        lengths = dict.fromkeys(("paper", "online", "informed"), self._length)
        return Context(
            formulation="gymnasium",
            scenario=self.name,
            information="online",
            n_actions=self._n_actions,
            reject_allowed=False,
            layout=Layout((view,), lengths),
            scale=np.ones(self._length),
        )

    def _seed(self, split: str, seed: int, n: int) -> int:
        """A seed for Gymnasium that no other split uses, but by a chance of one in 2^31."""
        digest = hashlib.sha256(f"{self.name}|{split}|{seed}|{n}".encode()).digest()
        return int.from_bytes(digest[:4], "little") % 2**31
