"""Trained policies: they decide with frozen weights through a compiled forward pass, without torch."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numba import njit

from aigcbench.errors import InputError
from aigcbench.observation import Context, Observation
from aigcbench.solver import Policy

HEADER = 5  # random state, length of the observation, actions, whether the last one rejects, length of the mask's table


@njit(cache=True)
def allow_everything(observations, table, allowed):  # type: ignore[no-untyped-def]
    """The mask of a formulation that has none."""
    allowed[:] = True


@cache
def compile_decision(choose: Any, allow: Any) -> Any:
    """A policy's compiled form (see `Policy.compiled`); equal arguments give the same function again.

    Parameters
    ----------
    choose
        ``(scaled observation (D,) float32, allowed (A,) bool, network, random (1,) uint64) -> action``.
    allow
        As in a formulation's ``mask`` module.
    """

    @njit  # numba cannot find a closure over functions in its cache again, and would add a file for every process
    def decide(vector, reward, state):  # type: ignore[no-untyped-def]
        length, n_actions, rejects, table = int(state[1]), int(state[2]), state[3] > 0.0, int(state[4])
        scaled = np.empty((1, length), np.float32)
        for i in range(length):
            scaled[0, i] = vector[i] / state[HEADER + i]
        start = HEADER + length
        allowed = np.empty((1, n_actions), np.bool_)
        allow(scaled, state[start : start + table], allowed)
        action = choose(scaled[0], allowed[0], state[start + table :], state[:1].view(np.uint64))
        return -1 if rejects and action == n_actions - 1 else action

    return decide


class LearnedPolicy(Policy):
    """Decides with frozen weights.

    Parameters
    ----------
    choose
        See `compile_decision`.
    network
        The section that ``choose`` reads (float64).
    n_observation, n_actions
        D and A that the network was trained with.
    masked
        Whether only actions that the formulation's mask allows are taken.
    """

    information = "online"

    def __init__(self, choose: Any, network: np.ndarray, n_observation: int, n_actions: int, masked: bool) -> None:
        self._choose, self._network = choose, network
        self.n_observation, self.n_actions, self.masked = n_observation, n_actions, masked

    def prepare(self) -> None:
        """Compile what does not depend on a formulation, by choosing on an observation of zeros."""
        allowed, random = np.ones(self.n_actions, np.bool_), np.zeros(1, np.uint64)
        self._choose(np.zeros(self.n_observation, np.float32), allowed, self._network.copy(), random)

    def reset(self, context: Context, rng: np.random.Generator) -> None:
        allow, table = _mask(context) if self.masked else (allow_everything, np.empty(0))
        n_actions = context.n_actions + context.reject_allowed
        if (context.observation_length, n_actions) != (self.n_observation, self.n_actions):
            wrong = f"{context.observation_length} observation entries and {n_actions} actions"
            expected = f"{self.n_observation} and {self.n_actions}, as in its training"
            raise InputError(f"scenario {context.scenario}", wrong, expected)
        self._state = self._state_of(context.scale, context.reject_allowed, table, rng)
        self._allow, self._allowed = allow, np.empty((1, n_actions), np.bool_)
        _, self._scale, self._table, self._section = np.split(
            self._state, np.cumsum([HEADER, self.n_observation, len(table)])
        )

    def act(self, observation: Observation) -> int:
        """Decide as the compiled form does, on the same state, but without compiling it: an episode is over before that."""
        scaled = (observation.vector / self._scale).astype(np.float32)
        self._allow(scaled[np.newaxis], self._table, self._allowed)
        action: int = self._choose(scaled, self._allowed[0], self._section, self._state[:1].view(np.uint64))
        return -1 if self._state[3] and action == self.n_actions - 1 else action

    def compiled(self) -> tuple[Any, np.ndarray]:
        return compile_decision(self._choose, self._allow), self._state

    def _state_of(self, scale: np.ndarray, rejects: bool, table: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        random = rng.integers(2**64, size=1, dtype=np.uint64).view(np.float64)
        header = np.array([self.n_observation, self.n_actions, rejects, len(table)], dtype=np.float64)
        return np.concatenate([random, header, scale, table, self._network])


def _mask(context: Context) -> tuple[Callable[..., None], np.ndarray]:
    """The formulation's mask and its table; everything is allowed where it has no module ``mask``."""
    package = f"aigcbench.problems.{context.formulation}"
    if importlib.util.find_spec(package) is None or importlib.util.find_spec(f"{package}.mask") is None:
        return allow_everything, np.empty(0)
    module = importlib.import_module(f"{package}.mask")
    return module.allow, module.mask_table(context)
