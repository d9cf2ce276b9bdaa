"""The stations of offloading as agents of their own: one slot at a time, all tasks of all stations at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from gymnasium.error import ResetNeeded

from aigcbench.errors import InputError
from aigcbench.problems.environment import seeded_generators
from aigcbench.problems.offloading import slot_kernels
from aigcbench.problems.offloading.slots import OffloadingSlots

OBSERVATIONS = ("paper", "online")


class SlotTasks(NamedTuple):
    """What the stations of N episodes see at the start of a slot.

    Parameters
    ----------
    observations
        Float32 (N, B, M, D), zero where there is no task.
    mask
        Bool (N, B, M): whether a station has an m-th task in this slot.
    """

    observations: np.ndarray
    mask: np.ndarray


class StationsEnv:
    """N parallel episodes in which every station decides for all of its tasks of a slot, knowing the queues at its start.

    This is the decentralised setting of LAD-TS, where one agent learns at each station: what the others place in the same slot
    is unknown, so that all decisions of a slot can be taken at once, by all agents in one batched matrix product. Rows of one
    station belong to one agent. Delays are those of the one-by-one environment `OffloadingEnv` for the same actions.

    Parameters
    ----------
    num_envs
        N.
    scenario, split
        As for `OffloadingEnv`; a scenario with ``live_queues`` is refused, since there stations do not decide at once.
    observation
        ``paper`` (D = 2 + B: input, work, queues) or ``online`` (D = 5 + B: and result, slot, station), scaled as there.
    charge
        Told, before each step, how many tasks it is going to place.

    Attributes
    ----------
    num_envs, n_stations, n_tasks, observation_length
        N, B, M (the most tasks that a station can have in a slot) and D.

    Raises
    ------
    InputError
        For an unknown scenario, observation or split, and for actions of another dtype, shape or range.

    Examples
    --------
    >>> env = StationsEnv(2, "offloading/tiny")
    >>> tasks = env.reset(seed=1)
    >>> tasks.observations.shape, tasks.mask.shape
    ((2, 3, 2, 5), (2, 3, 2))
    >>> queues = tasks.observations[..., 2:]
    >>> delays, tasks, ended, info = env.step(queues.argmin(axis=-1))
    >>> delays.shape, ended, info
    ((2, 3, 2), False, {})
    """

    def __init__(
        self,
        num_envs: int = 1,
        scenario: str = "offloading/paper",
        observation: str = "paper",
        split: str = "train",
        charge: Callable[[int], None] = lambda tasks: None,
    ) -> None:
        if num_envs < 1:
            raise InputError("num_envs", str(num_envs), "at least 1")
        if observation not in OBSERVATIONS:
            raise InputError("observation", repr(observation), f"one of {', '.join(OBSERVATIONS)}")
        self._slots = OffloadingSlots(scenario, observation, split, num_envs)
        if self._slots.context["live_queues"]:
            raise InputError("scenario", f"{scenario} has live_queues", "one in which stations decide apart")
        self.num_envs = num_envs
        self.n_stations = self._slots.n_actions
        self.n_tasks = int(self._slots.scenario.parameters["tasks"]["high"])
        self.observation_length = self._slots.length
        self._generators: list[np.random.Generator] = []
        self._charge = charge
        self._mask: np.ndarray | None = None

    def reset(self, *, seed: int | Sequence[int | None] | None = None) -> SlotTasks:
        """Draw a new instance for every row and show its first slot; ``seed`` as in `BatchedEnvironment`."""
        self._generators = seeded_generators(self._generators, self.num_envs, seed)
        self._load()
        return self._observe()

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, SlotTasks, bool, dict[str, Any]]:
        """Place all tasks of the slot, in the order of service, and move to the next slot.

        Parameters
        ----------
        actions
            Integers (N, B, M): the station of each task, 0..B-1; what stands where there is no task is ignored.

        Returns
        -------
        delays
            Float64 (N, B, M), s; 0 where there is no task. The reward of a task is minus its delay.
        tasks
            The next slot; after the last one the first slot of new episodes.
        ended
            Whether that was the last slot, in all rows at once: the instances of a scenario have equally many.
        info
            When ended, ``mean_delay`` (N,) float64, s, of each whole episode.
        """
        if self._mask is None:
            raise ResetNeeded("reset() comes before step()")
        placed = self._checked(np.asarray(actions), self._mask)
        self._charge(int(self._mask.sum()))
        delays = np.zeros(self._mask.shape)
        state = self._slots.state
        slot_kernels.place_slot(state, placed, delays)
        ended = bool(state.current[0] == state.n_tasks[0])
        info = {"mean_delay": state.total_delay / state.n_tasks} if ended else {}
        if ended:
            self._load()
        return delays, self._observe(), ended, info

    def _load(self) -> None:
        for n, generator in enumerate(self._generators):
            self._slots.load(n, generator)

    def _observe(self) -> SlotTasks:
        shape = (self.num_envs, self.n_stations, self.n_tasks)
        tasks = SlotTasks(np.zeros((*shape, self.observation_length), np.float32), np.zeros(shape, np.bool_))
        slot_kernels.observe_slot(self._slots.state, tasks.observations, tasks.mask)
        self._mask = tasks.mask.copy()
        return tasks

    def _checked(self, actions: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """The actions as contiguous int64, or `InputError`."""
        if actions.dtype.kind not in "iu" or actions.shape != mask.shape:
            raise InputError("actions", f"{actions.dtype} of shape {actions.shape}", f"integers {mask.shape}")
        illegal = mask & ((actions < 0) | (actions >= self.n_stations))
        if illegal.any():
            place = tuple(np.argwhere(illegal)[0].tolist())
            raise InputError(f"actions{list(place)}", str(actions[place]), f"a station 0..{self.n_stations - 1}")
        return np.ascontiguousarray(actions, dtype=np.int64)
