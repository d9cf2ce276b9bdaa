"""Gymnasium environments of offloading: one episode, and a native batch of N over the compiled simulator."""

from __future__ import annotations

from collections.abc import Callable

from aigcbench.problems.environment import BatchedEnvironment, Environment
from aigcbench.problems.offloading.slots import OffloadingSlots
from aigcbench.problems.offloading.stations import StationsEnv
from aigcbench.problems.rollouts import Rollouts


class OffloadingEnv(Environment):
    """One episode of offloading: every arriving task goes to a station's edge server and queues there.

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
    **Observation**: `Box`, float32, shape ``(D,)``, for B stations in this order:

    ========  ==========================================  ==========================  ========================
    entries   meaning                                     unit, divided by            seen by
    ========  ==========================================  ==========================  ========================
    1         input of the task                           Mbit, largest input         paper, online, informed
    1         work of the task                            Gcycles, largest work       paper, online, informed
    B         queue of each station at the start of the   Gcycles, what the station   paper, online, informed
              slot, without what was placed since         serves in 10 slots
    1         result of the task                          Mbit, largest result        online, informed
    1         index of the slot                           1, number of slots          online, informed
    1         index of the station that the task          1, B                        online, informed
              arrived at
    B         work placed in this slot so far on each     Gcycles, what the station   online, informed; only in
              station, by all stations                    serves in 10 slots          scenarios with live_queues
    B         delay of the task on each station, exact    s, length of 10 slots       informed
    ========  ==========================================  ==========================  ========================

    No entry is negative; queues, placed work and delays may exceed 1 in overload. The terminal observation shows the last
    task once more.

    **Action**: `Discrete`, int64, shape ``()``: the index of the station that serves the task, 0 to B - 1.

    **Reward**: float, s: minus the delay of the task.

    **Termination**: when the last task is placed. Its ``info`` has ``mean_delay`` (float, s, the benchmark's primary score)
    and ``instance`` (str, name of the instance). Episodes are never truncated.

    Raises
    ------
    InputError
        For an unknown scenario, observation or split, and for an action outside the space.

    Examples
    --------
    >>> import gymnasium
    >>> env = gymnasium.make("aigcbench.environments:aigcbench/Offloading-v0", scenario="offloading/tiny")
    >>> observation, info = env.reset(seed=1)
    >>> observation.shape, str(observation.dtype), int(env.action_space.n)
    ((5,), 'float32', 3)
    >>> done = False
    >>> while not done:
    ...     queues = observation[2:]
    ...     observation, reward, done, truncated, info = env.step(queues.argmin())
    >>> sorted(info)
    ['instance', 'mean_delay']
    """

    slots_type = OffloadingSlots

    def __init__(self, scenario: str = "offloading/paper", observation: str = "paper", split: str = "train") -> None:
        super().__init__(scenario, observation, split)


class OffloadingVectorEnv(BatchedEnvironment):
    """N episodes of `OffloadingEnv` in one kernel call per step.

    Parameters
    ----------
    num_envs
        N.
    scenario, observation, split
        As for `OffloadingEnv`.

    Notes
    -----
    **Observation** float32 ``(N, D)``, **action** int64 ``(N,)``, **reward** float64 ``(N,)``, **termination** and truncation
    bool ``(N,)``: row n is what `OffloadingEnv` with the seed of row n gives. Every array that is handed out is new.

    Autoreset and seeds are as in `aigcbench.problems.environment.BatchedEnvironment`; ``infos["final_info"]`` has the arrays
    ``mean_delay`` and ``instance`` of length N, and masks ``_mean_delay`` and so on that say which rows count.

    Raises
    ------
    InputError
        For an unknown scenario, observation or split, and for actions of another dtype, shape or range.

    Examples
    --------
    >>> import gymnasium
    >>> envs = gymnasium.make_vec("aigcbench.environments:aigcbench/Offloading-v0", num_envs=4, observation="informed")
    >>> observations, infos = envs.reset(seed=1)
    >>> observations, rewards, terminations, truncations, infos = envs.step(observations[:, -20:].argmin(axis=1))
    >>> observations.shape, rewards.shape
    ((4, 45), (4,))
    """

    slots_type = OffloadingSlots

    def __init__(
        self,
        num_envs: int = 1,
        scenario: str = "offloading/paper",
        observation: str = "paper",
        split: str = "train",
    ) -> None:
        super().__init__(num_envs, scenario, observation, split)
        self._arguments = (num_envs, scenario, observation, split)

    def stations(self, charge: Callable[[int], None] = lambda tasks: None) -> StationsEnv:
        """As many episodes, slot by slot, for learners with an agent per station; not yet reset, ``charge`` as there."""
        return StationsEnv(*self._arguments, charge)

    def rollouts(self, charge: Callable[[int], None] = lambda tasks: None) -> Rollouts:
        """Recorded episodes of the same scenario and split, for learners with a model; ``charge`` as there."""
        return Rollouts(self._slots.scenario, self._arguments[3], charge)
