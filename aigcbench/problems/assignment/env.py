"""Gymnasium environments of assignment: one episode, and a native batch of N over the compiled simulator."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium.error import ResetNeeded
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space

from aigcbench.errors import InputError
from aigcbench.problems.assignment import simulator
from aigcbench.problems.assignment.slots import Slots, illegal_action


class AssignmentEnv(gymnasium.Env[np.ndarray, np.int64]):
    """One episode of assignment: every arriving task goes to a service, and a server that overflows crashes.

    Parameters
    ----------
    scenario
        A scenario of the catalogue (or the path of a ``.toml`` file). Each reset draws a new instance of it, its seed
        taken from the environment's generator.
    observation
        ``paper``, ``online`` or ``informed``: how much of the vector below is seen.
    split
        ``train`` or ``validation``. The test split is refused: the harness alone plays it.

    Notes
    -----
    **Observation**: `Box`, float32, shape ``(D,)``, for K task types, E servers and I services in this order:

    ========  ========================================  =======================  ========================
    entries   meaning                                   unit, divided by         seen by
    ========  ========================================  =======================  ========================
    K         type of the task, one-hot (none if K=1)   1                        paper, online, informed
    1         steps the task holds while it runs        steps, largest task      paper, online, informed
    1         run time of the task                      s, longest run time      paper, online, informed
    2 E       of each server: capacity, free steps      steps, largest capacity  paper, online, informed
                                                        and its own capacity
    1         arrival time of the task                  s, horizon               online, informed
    I         utility of the task on each service       utility, 1               informed
    ========  ========================================  =======================  ========================

    All entries but the utilities lie in [0, 1]. The terminal observation shows the last task once more.

    **Action**: `Discrete`, int64, shape ``()``: the index of a service, 0 to I - 1; where the scenario allows rejection the
    last action, I, rejects the task.

    **Reward**: float (utility, no unit): the task's utility where it fits; 0 where it is rejected; where its server
    crashes, ``-P (1 + sum over the tasks that were running there of the share of their run time that was left)``, P being the
    scenario's crash penalty.

    **Termination**: when the last task is decided. Its ``info`` has ``utility`` (float, sum over tasks that never crashed,
    the benchmark's primary score), ``crashes`` (int, server crashes) and ``instance`` (str, name of the instance). Episodes
    are never truncated.

    Raises
    ------
    InputError
        For an unknown scenario, observation or split, and for an action outside the space.

    Examples
    --------
    >>> import gymnasium
    >>> env = gymnasium.make("aigcbench.environments:aigcbench/Assignment-v0", scenario="assignment/asp-tiny")
    >>> observation, info = env.reset(seed=1)
    >>> observation.shape, str(observation.dtype), int(env.action_space.n)
    ((8,), 'float32', 3)
    >>> done = False
    >>> while not done:
    ...     free_share = observation[3::2]
    ...     observation, reward, done, truncated, info = env.step(free_share.argmax())
    >>> sorted(info)
    ['crashes', 'instance', 'utility']
    """

    metadata: dict[str, Any] = {"render_modes": []}

    def __init__(
        self, scenario: str = "assignment/asp-paper", observation: str = "paper", split: str = "train"
    ) -> None:
        self._slots = Slots(scenario, observation, split, 1)
        self.observation_space = self._slots.observation_space
        self.action_space = self._slots.action_space
        self._running = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Draw the next instance and show its first task; ``seed`` restarts the sequence of instances."""
        super().reset(seed=seed)
        _refuse_options(options)
        self._slots.load(0, self.np_random)
        self._running = True
        return self._slots.observations()[0], {}

    def step(self, action: np.int64 | int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Decide the current task."""
        if not self._running:
            raise ResetNeeded("reset() comes before step(), and again after an episode has ended")
        slots = self._slots
        chosen = operator.index(action)
        if not 0 <= chosen < slots.n_actions:
            raise illegal_action("action", chosen, slots.n_actions)
        reward = simulator.step(slots.state, 0, chosen if chosen < slots.n_services else simulator.NONE)
        ended = bool(slots.state.current[0] == slots.state.n_tasks[0])
        self._running = not ended
        return slots.observations()[0], reward, ended, False, slots.outcome(0) if ended else {}


class AssignmentVectorEnv(gymnasium.vector.VectorEnv[np.ndarray, np.ndarray, np.ndarray]):
    """N episodes of `AssignmentEnv` in one kernel call per step.

    Parameters
    ----------
    num_envs
        N.
    scenario, observation, split
        As for `AssignmentEnv`.

    Notes
    -----
    **Observation** float32 ``(N, D)``, **action** int64 ``(N,)``, **reward** float64 ``(N,)``, **termination** and truncation
    bool ``(N,)``: row n is what `AssignmentEnv` with the seed of row n gives. Every array that is handed out is new.

    **Autoreset** is `AutoresetMode.SAME_STEP`: the step that ends an episode already returns the first observation of the
    next one, so that no step is wasted. The terminal observation is in ``infos["final_obs"][n]``, the outcome in
    ``infos["final_info"]`` (arrays ``utility``, ``crashes``, ``instance`` of length N; masks ``_utility`` and so on say which
    rows count).

    **Seeds**: ``reset(seed=s)`` seeds row n with s + n; a sequence seeds each row (None: leave its generator as it is).

    Raises
    ------
    InputError
        For an unknown scenario, observation or split, and for actions of another dtype, shape or range.

    Examples
    --------
    >>> import gymnasium
    >>> envs = gymnasium.make_vec("aigcbench.environments:aigcbench/Assignment-v0", num_envs=4, observation="online")
    >>> observations, infos = envs.reset(seed=1)
    >>> observations, rewards, terminations, truncations, infos = envs.step(observations[:, 3:-1:2].argmax(axis=1))
    >>> observations.shape, rewards.shape
    ((4, 43), (4,))
    """

    metadata: dict[str, Any] = {"render_modes": [], "autoreset_mode": AutoresetMode.SAME_STEP}

    def __init__(
        self,
        num_envs: int = 1,
        scenario: str = "assignment/asp-paper",
        observation: str = "paper",
        split: str = "train",
    ) -> None:
        if num_envs < 1:
            raise InputError("num_envs", str(num_envs), "at least 1")
        self._slots = Slots(scenario, observation, split, num_envs)
        self.num_envs = num_envs
        self.single_observation_space = self._slots.observation_space
        self.single_action_space = self._slots.action_space
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._generators: list[np.random.Generator] = []
        self._running = False

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Draw a new instance for every row."""
        _refuse_options(options)
        first = [None] * self.num_envs if seed is None else seed
        seeds = [first + n for n in range(self.num_envs)] if isinstance(first, int) else first
        if len(seeds) != self.num_envs:
            raise InputError("seed", f"{len(seeds)} seeds", f"{self.num_envs}, one for each environment")
        if not self._generators:
            self._generators = [seeding.np_random()[0] for _ in seeds]
        for n, own in enumerate(seeds):
            if own is not None:
                self._generators[n] = seeding.np_random(own)[0]
            self._slots.load(n, self._generators[n])
        self._running = True
        return self._slots.observations(), {}

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Decide the current task of every row."""
        if not self._running:
            raise ResetNeeded("reset() comes before step()")
        slots = self._slots
        services = slots.services_of(np.asarray(actions))
        rewards, ended = np.empty(self.num_envs), np.empty(self.num_envs, dtype=np.bool_)
        simulator.step_batch(slots.state, services, rewards, ended)
        observations = slots.observations()
        infos: dict[str, Any] = {}
        for n in np.flatnonzero(ended).tolist():
            final = {"final_obs": observations[n].copy(), "final_info": slots.outcome(n)}
            infos = self._add_info(infos, final, n)
            slots.load(n, self._generators[n])
            observations[n] = slots.state.vector[n]
        return observations, rewards, ended, np.zeros(self.num_envs, dtype=np.bool_), infos


def _refuse_options(options: dict[str, Any] | None) -> None:
    """Reset options exist nowhere here; one that is silently ignored would mislead."""
    if options:
        raise InputError("options", f"'{next(iter(options))}'", "none")
