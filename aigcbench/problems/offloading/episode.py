"""Policies in offloading's simulator: stepped from outside, or compiled inside the kernel."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import njit

from aigcbench.errors import InvalidDecisions
from aigcbench.instance import Instance
from aigcbench.problems.offloading import model
from aigcbench.problems.offloading.simulator import empty_state, load_episode, single_state, step


@njit
def run(s, decide, policy_states, rewards, decisions, delays):  # type: ignore[no-untyped-def]
    """Let a compiled policy decide every task of episode 0; return the index of its first illegal action, or -1.

    Agent a, the arrival station where there are several, has its own row of ``policy_states`` (agents, n) and its own last
    reward in ``rewards`` (agents,). Fills ``decisions`` (J,) int64 and ``delays`` (J,) float64, s.
    """
    vector, stations, agents = s.vector[0], s.capacity.shape[1], policy_states.shape[0]
    for j in range(s.n_tasks[0]):
        agent = s.cell[0] % stations if agents > 1 else 0
        action = decide(vector, rewards[agent], policy_states[agent])
        decisions[j] = action
        if action < 0 or action >= stations:
            return j
        rewards[agent] = step(s, 0, action)
        delays[j] = -rewards[agent]
    return -1


def run_compiled(instance: Instance, information: str, decide: Any, policy_states: np.ndarray) -> dict[str, np.ndarray]:
    """Run ``decide(observation, reward of the agent's last decision, its state) -> action`` inside the kernel.

    Parameters
    ----------
    policy_states
        Float64 (agents, n), one row for each agent of `model.n_agents`.

    Returns
    -------
    The decisions: ``station``, int64 (tasks,).
    """
    state = single_state(instance, model.layout_of(instance).lengths[information])
    decisions = np.zeros(len(instance["task_work"]), np.int64)
    states = np.array(policy_states, dtype=np.float64)
    illegal = run(state, decide, states, np.zeros(len(states)), decisions, np.empty(len(decisions)))
    if illegal >= 0:
        raise illegal_action(instance, illegal, int(decisions[illegal]))
    return {"station": decisions}


def illegal_action(instance: Instance, task: int, action: int) -> InvalidDecisions:
    """The error for an action that is no station."""
    last = len(instance["station_capacity"]) - 1
    return InvalidDecisions("station-range", f"task {task}", f"station {action}", f"0..{last}")


class OffloadingEpisode:
    """One episode, stepped from outside; `vector` is the current observation in physical units."""

    def __init__(self, instance: Instance, information: str) -> None:
        self._instance = instance
        self._state = single_state(instance, model.layout_of(instance).lengths[information])
        self._n_stations = len(instance["station_capacity"])
        self._apart = model.n_agents(instance, information) > 1
        self._decisions = np.full(len(instance["task_work"]), -1, np.int64)
        self.vector = self._state.vector[0]
        self.agent = self._agent()
        self.done = False
        self._task = 0

    def step(self, action: np.ndarray | int) -> float:
        """Apply an action; see `Episode.step`."""
        chosen = int(action)
        if not 0 <= chosen < self._n_stations:
            raise illegal_action(self._instance, self._task, chosen)
        self._decisions[self._task] = chosen
        self._task += 1
        self.done = self._task == len(self._decisions)
        reward = float(step(self._state, 0, chosen))
        self.agent = self._agent()
        return reward

    def _agent(self) -> int:
        """The station at which the current task arrived, where stations decide apart."""
        return int(self._state.cell[0]) % self._n_stations if self._apart else 0

    def decisions(self) -> dict[str, np.ndarray]:
        """Decisions so far; tasks not reached stand as -1."""
        return {"station": self._decisions.copy()}


@cache
def warm_up() -> None:
    """Load or compile what an episode needs, by playing one of a single task."""
    arrays = {
        "station_capacity": np.ones(1),
        "station_rate": np.ones(1),
        "slot_tasks": np.ones((1, 1), np.int64),
        "task_data": np.zeros(1),
        "task_work": np.zeros(1),
        "task_result": np.zeros(1),
    }
    state = empty_state(1, (1, 1, 1), 7)
    load_episode(state, 0, {"slot_s": 1.0}, arrays)
    step(state, 0, 0)
