"""Gymnasium environments that every formulation shares: one episode, and a native batch of N, over slots of a simulator's state.

A formulation subclasses `Slots` with its simulator, and `Environment` and `BatchedEnvironment` with their specification::

    class OffloadingEnv(Environment):
        \"\"\"Observation, action, reward and termination, with shapes and units.\"\"\"

        slots_type = OffloadingSlots

        def __init__(self, scenario="offloading/paper", observation="paper", split="train"):
            super().__init__(scenario, observation, split)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import gymnasium
import numpy as np
from gymnasium.error import ResetNeeded
from gymnasium.spaces import Box, Discrete, Space
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space

from aigcbench.errors import InputError
from aigcbench.instance import Instance
from aigcbench.problems.problem import problem_named
from aigcbench.scenario import scenario_named

SPLITS = ("train", "validation")
ROOM = 1.25  # arrays grow by this factor, so that a batch of random lengths soon stops growing


class Slots(ABC):
    """N episodes in one simulator state, each refilled with fresh draws of a scenario, and their spaces.

    Attributes
    ----------
    formulation
        Name of the formulation.
    state
        The simulator's named tuple of arrays, with ``vector`` (N, D) among them: the scaled observations.
    scenario, template, context
        The scenario, one instance of it, and what a policy of class ``informed`` would know of that.
    length, n_actions
        D; number of actions where they are indices, the rejecting one included.
    """

    formulation: ClassVar[str]
    state: Any

    def __init__(self, scenario: str, observation: str, split: str, n: int) -> None:
        self.scenario, self._split = scenario_named(scenario), split
        if self.scenario.formulation != self.formulation:
            raise InputError("scenario", f"formulation {self.scenario.formulation}", self.formulation)
        if split not in SPLITS:
            raise InputError("split", repr(split), f"one of {', '.join(SPLITS)} (test is for the harness alone)")
        self._problem = problem_named(self.formulation)
        self.template = self.scenario.instance(0, split)
        self.context = self._problem.context(self.template, "informed")
        lengths = self.context.layout.lengths
        if observation not in lengths:
            raise InputError("observation", repr(observation), f"one of {', '.join(lengths)}")
        self.length = lengths[observation]
        self.n_actions = self.context.n_actions + self.context.reject_allowed
        self._n = n
        self._room = int(ROOM * self._problem.n_requests(self.template))
        self.state = self.empty(n, self._room)
        self._names = [""] * n
        low, high = self.bounds()
        # float32 is what learners compute in; the kernel's float64 vector has to be copied out in any case, and rounding keeps
        # order, so that a value within its bound in float64 is within it in float32.
        self.observation_space = Box(low[: self.length].astype(np.float32), high[: self.length].astype(np.float32))
        self.action_space = self.space_of_actions()

    @abstractmethod
    def empty(self, n: int, room: int) -> Any:
        """A simulator state of ``n`` episodes with room for that many requests each."""

    @abstractmethod
    def fill(self, n: int, instance: Instance, scale: np.ndarray) -> None:
        """Put an instance into slot ``n`` at its first request; ``scale`` divides the observation."""

    @abstractmethod
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Least and largest value of each entry of the informed observation of any instance, scaled (float64)."""

    @abstractmethod
    def step(self, actions: np.ndarray, rewards: np.ndarray, ended: np.ndarray) -> None:
        """Step every episode by its legal action; fill ``rewards`` (N,) float64 and ``ended`` (N,) bool."""

    @abstractmethod
    def outcome(self, n: int) -> dict[str, Any]:
        """What ``info`` says of the episode that ended in slot ``n``, besides the name of its instance."""

    def space_of_actions(self) -> Space[Any]:
        """`Discrete`: the actions of the context, and after them one that rejects where the scenario allows it."""
        return Discrete(self.n_actions)

    def legal_actions(self, actions: np.ndarray) -> np.ndarray:
        """Actions (N,) int64 as the simulator counts them, the rejecting one being -1; `InputError` for any outside the space."""
        if actions.dtype.kind not in "iu" or actions.shape != (self._n,):
            raise InputError("actions", f"{actions.dtype} of shape {actions.shape}", f"integers ({self._n},)")
        illegal = (actions < 0) | (actions >= self.n_actions)
        if illegal.any():
            n = int(illegal.argmax())
            raise InputError(f"actions[{n}]", str(actions[n]), f"an action 0..{self.n_actions - 1}")
        legal = actions.astype(np.int64)
        legal[legal == self.context.n_actions] = -1
        return legal

    def load(self, n: int, rng: np.random.Generator) -> None:
        """Draw a seed of the split from ``rng`` and put its instance into slot ``n``."""
        instance = self.scenario.instance(int(rng.integers(2**63 - 1)), self._split)
        requests = self._problem.n_requests(instance)
        if requests > self._room:
            self._room = int(ROOM * requests)
            larger = self.empty(self._n, self._room)
            for old, new in zip(self.state, larger, strict=True):
                new[tuple(slice(size) for size in old.shape)] = old
            self.state = larger
        self.fill(n, instance, self._problem.context(instance, "informed").scale)
        self._names[n] = instance.name

    def observations(self) -> np.ndarray:
        """A fresh float32 copy (N, D) of the observations."""
        return self.state.vector.astype(np.float32)

    def final_info(self, n: int) -> dict[str, Any]:
        """The whole ``info`` of the episode that ended in slot ``n``."""
        return self.outcome(n) | {"instance": self._names[n]}


class Environment(gymnasium.Env[np.ndarray, Any]):
    """One episode; see the subclass for what it is about."""

    metadata: dict[str, Any] = {"render_modes": []}
    slots_type: ClassVar[type[Slots]]

    def __init__(self, scenario: str, observation: str, split: str) -> None:
        self._slots = self.slots_type(scenario, observation, split, 1)
        self.observation_space = self._slots.observation_space
        self.action_space = self._slots.action_space
        self._reward, self._ended = np.empty(1), np.empty(1, dtype=np.bool_)
        self._running = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Draw the next instance and show its first request; ``seed`` restarts the sequence of instances."""
        super().reset(seed=seed)
        refuse_options(options)
        self._slots.load(0, self.np_random)
        self._running = True
        return self._slots.observations()[0], {}

    def step(self, action: Any) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Decide the current request."""
        if not self._running:
            raise ResetNeeded("reset() comes before step(), and again after an episode has ended")
        slots = self._slots
        slots.step(slots.legal_actions(np.asarray(action)[np.newaxis]), self._reward, self._ended)
        ended = bool(self._ended[0])
        self._running = not ended
        return slots.observations()[0], float(self._reward[0]), ended, False, slots.final_info(0) if ended else {}


class BatchedEnvironment(gymnasium.vector.VectorEnv[np.ndarray, Any, np.ndarray]):
    """N episodes in one kernel call per step; see the subclass for what they are about.

    **Autoreset** is `AutoresetMode.SAME_STEP`: the step that ends an episode already returns the first observation of the next
    one, so that no step is wasted. The terminal observation is in ``infos["final_obs"][n]``, the outcome in
    ``infos["final_info"]``. **Seeds**: ``reset(seed=s)`` seeds row n with s + n; a sequence seeds each row (None: leave its
    generator as it is).
    """

    metadata: dict[str, Any] = {"render_modes": [], "autoreset_mode": AutoresetMode.SAME_STEP}
    slots_type: ClassVar[type[Slots]]

    def __init__(self, num_envs: int, scenario: str, observation: str, split: str) -> None:
        if num_envs < 1:
            raise InputError("num_envs", str(num_envs), "at least 1")
        self._slots = self.slots_type(scenario, observation, split, num_envs)
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
        refuse_options(options)
        self._generators = seeded_generators(self._generators, self.num_envs, seed)
        for n, generator in enumerate(self._generators):
            self._slots.load(n, generator)
        self._running = True
        return self._slots.observations(), {}

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Decide the current request of every row."""
        if not self._running:
            raise ResetNeeded("reset() comes before step()")
        slots = self._slots
        legal = slots.legal_actions(np.asarray(actions))
        rewards, ended = np.empty(self.num_envs), np.empty(self.num_envs, dtype=np.bool_)
        slots.step(legal, rewards, ended)
        observations = slots.observations()
        infos: dict[str, Any] = {}
        for n in np.flatnonzero(ended).tolist():
            final = {"final_obs": observations[n].copy(), "final_info": slots.final_info(n)}
            infos = self._add_info(infos, final, n)
            slots.load(n, self._generators[n])
            observations[n] = slots.state.vector[n]
        return observations, rewards, ended, np.zeros(self.num_envs, dtype=np.bool_), infos


def seeded_generators(
    generators: Sequence[np.random.Generator], n: int, seed: int | Sequence[int | None] | None
) -> list[np.random.Generator]:
    """The generators of ``n`` rows after a reset: row i seeded with ``seed + i`` or ``seed[i]``, left as it is where that is None."""
    first = [None] * n if seed is None else seed
    seeds = [first + i for i in range(n)] if isinstance(first, int) else first
    if len(seeds) != n:
        raise InputError("seed", f"{len(seeds)} seeds", f"{n}, one for each environment")
    old = generators or [seeding.np_random()[0] for _ in range(n)]
    return [generator if own is None else seeding.np_random(own)[0] for generator, own in zip(old, seeds, strict=True)]


def refuse_options(options: dict[str, Any] | None) -> None:
    """Reset options exist nowhere here; one that is silently ignored would mislead."""
    if options:
        raise InputError("options", f"'{next(iter(options))}'", "none")
