"""Gymnasium environments of flow: one episode, and a native batch of N over the compiled simulator."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aigcbench.problems.environment import BatchedEnvironment, Environment
from aigcbench.problems.flow.slots import FlowSlots
from aigcbench.problems.rollouts import Rollouts


class FlowEnv(Environment):
    """One episode of flow: every arriving flow is admitted to a gateway at a level of bandwidth and compute, or rejected.

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
    **Observation**: `Box`, float32, shape ``(D,)``, for G gateways and L levels in this order:

    =======  =============================================  ===========================  ========================
    entries  meaning                                        unit, divided by             seen by
    =======  =============================================  ===========================  ========================
    1        rate requirement of the flow                   Mbit/s, the largest          paper, online, informed
    1        delay requirement of the flow                  s, the largest               paper, online, informed
    1        data of the flow                               Mbit, the largest            paper, online, informed
    1        compute work of the flow                       GFLOP, the largest           paper, online, informed
    1        priority of the flow                           1, 3                         paper, online, informed
    3        type of the flow, one-hot                      1                            paper, online, informed
    G        free bandwidth of each gateway                 Mbit/s, largest gateway      paper, online, informed
    G        what is still to be sent on each gateway       Mbit, what the largest       paper, online, informed
                                                            gateway sends within the
                                                            largest delay requirement
    1        free compute units                             units, all                   paper, online, informed
    1        arrival time of the flow                       s, horizon                   online, informed
    G L      delay of the flow under each action, as 2      s, largest requirement       informed
             where it is larger, 3 where it is blocked
    =======  =============================================  ===========================  ========================

    All entries but backlogs and delays lie in [0, 1]. The terminal observation shows the last flow once more.

    **Action**: `Discrete`, int64, shape ``()``: gateway * L + level, 0 to G L - 1; the last action, G L, rejects the flow.

    **Reward**: float, eq. 13 of the paper weighted by priority p, see `aigcbench.problems.flow.model`:
    ``-p (delay_weight H_d + blocked_weight blocked) - balance_weight H_r``.

    **Termination**: when the last flow is decided. Its ``info`` has ``weighted_completion_rate`` (float, the benchmark's
    primary score) and ``instance`` (str, name of the instance). Episodes are never truncated.

    Raises
    ------
    InputError
        For an unknown scenario, observation or split, and for an action outside the space.

    Examples
    --------
    >>> import gymnasium
    >>> env = gymnasium.make("aigcbench.environments:aigcbench/Flow-v0", scenario="flow/tiny")
    >>> observation, info = env.reset(seed=1)
    >>> observation.shape, str(observation.dtype), int(env.action_space.n)
    ((13,), 'float32', 7)
    >>> done = False
    >>> while not done:
    ...     free_bandwidth = observation[8:10]
    ...     observation, reward, done, truncated, info = env.step(3 * free_bandwidth.argmax() + 1)
    >>> sorted(info)
    ['instance', 'weighted_completion_rate']
    """

    slots_type = FlowSlots

    def __init__(self, scenario: str = "flow/paper", observation: str = "paper", split: str = "train") -> None:
        super().__init__(scenario, observation, split)


class FlowVectorEnv(BatchedEnvironment):
    """N episodes of `FlowEnv` in one kernel call per step.

    Parameters
    ----------
    num_envs
        N.
    scenario, observation, split
        As for `FlowEnv`.

    Notes
    -----
    **Observation** float32 ``(N, D)``, **action** int64 ``(N,)``, **reward** float64 ``(N,)``, **termination** and truncation
    bool ``(N,)``: row n is what `FlowEnv` with the seed of row n gives. Every array that is handed out is new.

    Autoreset and seeds are as in `aigcbench.problems.environment.BatchedEnvironment`; ``infos["final_info"]`` has the arrays
    ``weighted_completion_rate`` and ``instance`` of length N, and masks ``_weighted_completion_rate`` and so on that say which
    rows count.

    Raises
    ------
    InputError
        For an unknown scenario, observation or split, and for actions of another dtype, shape or range.

    Examples
    --------
    >>> import gymnasium
    >>> envs = gymnasium.make_vec("aigcbench.environments:aigcbench/Flow-v0", num_envs=4)
    >>> observations, infos = envs.reset(seed=1)
    >>> observations, rewards, terminations, truncations, infos = envs.step(3 * observations[:, 8:16].argmax(axis=1) + 1)
    >>> observations.shape, rewards.shape
    ((4, 25), (4,))
    """

    slots_type = FlowSlots
    _slots: FlowSlots

    def __init__(
        self, num_envs: int = 1, scenario: str = "flow/paper", observation: str = "paper", split: str = "train"
    ) -> None:
        super().__init__(num_envs, scenario, observation, split)
        self._split = split

    def action_mask(self, observations: np.ndarray) -> np.ndarray:
        """Which actions are sensible (bool, M x A) for any observations (float32, M x D) of this environment.

        An action is where the flow would neither be blocked nor miss its deadline, and rejecting always.
        """
        return self._slots.action_mask(observations)

    def rollouts(self, charge: Callable[[int], None] = lambda flows: None) -> Rollouts:
        """Recorded episodes of the same scenario and split, for learners with a model; told by ``charge`` before each how many flows."""
        return Rollouts(self._slots.scenario, self._split, charge)
