"""Gymnasium environments of assignment: one episode, and a native batch of N over the compiled simulator."""

from __future__ import annotations

import numpy as np

from aigcbench.errors import InputError
from aigcbench.learning.tokens import TokenLayout
from aigcbench.observation import Context
from aigcbench.problems.assignment.model import context_of
from aigcbench.problems.assignment.slots import AssignmentSlots
from aigcbench.problems.assignment.tokens import token_layout
from aigcbench.problems.environment import BatchedEnvironment, Environment


class AssignmentEnv(Environment):
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

    slots_type = AssignmentSlots

    def __init__(
        self, scenario: str = "assignment/asp-paper", observation: str = "paper", split: str = "train"
    ) -> None:
        super().__init__(scenario, observation, split)


class AssignmentVectorEnv(BatchedEnvironment):
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

    Autoreset and seeds are as in `aigcbench.problems.environment.BatchedEnvironment`; ``infos["final_info"]`` has the arrays
    ``utility``, ``crashes`` and ``instance`` of length N, and masks ``_utility`` and so on that say which rows count.

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

    slots_type = AssignmentSlots
    _slots: AssignmentSlots

    def __init__(
        self,
        num_envs: int = 1,
        scenario: str = "assignment/asp-paper",
        observation: str = "paper",
        split: str = "train",
    ) -> None:
        super().__init__(num_envs, scenario, observation, split)

    def action_mask(self, observations: np.ndarray) -> np.ndarray:
        """Which actions are sensible (bool, M x A) for any observations (float32, M x D) of this environment.

        A service is where its server has room for the task, and rejecting always; everything where nothing has room.
        """
        return self._slots.action_mask(observations)

    def token_layout(self) -> TokenLayout:
        """Where an observation shows the task, the servers and their services."""
        return token_layout(self._slots.context)

    def operator_context(self) -> Context:
        """What the operator of the scenario's fleet knows; `InputError` where every instance draws a fleet of its own."""
        if self._slots.scenario.fleet is None:
            raise InputError(f"scenario {self._slots.scenario.name}", "draws its fleets", "a fixed fleet")
        return context_of(self._slots.template, "online")
