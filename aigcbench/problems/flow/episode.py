"""Policies in flow's simulator: stepped from outside, or compiled inside the kernel."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import njit

from aigcbench.errors import InvalidDecisions
from aigcbench.instance import Instance
from aigcbench.problems.flow import model
from aigcbench.problems.flow.model import REJECT
from aigcbench.problems.flow.simulator import single_state, step


@njit
def _run(s, decide, policy_state, decisions):  # type: ignore[no-untyped-def]
    """Let a compiled policy decide every flow of slot 0; return the index of its first illegal action, or -1."""
    reward, vector = 0.0, s.vector[0]
    n_actions = s.capacity.shape[1] * s.level_rate.shape[0]
    for j in range(s.n_flows[0]):
        action = decide(vector, reward, policy_state)
        decisions[j] = action
        if action < REJECT or action >= n_actions:
            return j
        reward = step(s, 0, action)
    return -1


def run_compiled(instance: Instance, information: str, decide: Any, policy_state: np.ndarray) -> dict[str, np.ndarray]:
    """Run ``decide(observation, reward of the last decision, state) -> action`` inside the kernel; see `Problem`."""
    state = single_state(instance, model.layout_of(instance).lengths[information])
    decisions = np.zeros(len(instance["flow_slot"]), np.int64)
    illegal = _run(state, decide, np.array(policy_state[0], dtype=np.float64), decisions)
    if illegal >= 0:
        raise illegal_action(instance, illegal, int(decisions[illegal]))
    return {"action": decisions}


def illegal_action(instance: Instance, flow: int, action: int) -> InvalidDecisions:
    """The error for an action that names no gateway and level."""
    expected = f"-1 (reject) or 0..{model.n_actions(instance) - 1}"
    return InvalidDecisions("action-range", f"flow {flow}", f"action {action}", expected)


class FlowEpisode:
    """One episode, stepped from outside; `vector` is the current observation in physical units."""

    def __init__(self, instance: Instance, information: str) -> None:
        self._instance = instance
        self._state = single_state(instance, model.layout_of(instance).lengths[information])
        self._n_actions = model.n_actions(instance)
        self._decisions = np.full(len(instance["flow_slot"]), REJECT, np.int64)
        self.vector = self._state.vector[0]
        self.done = False
        self.agent = 0
        self._flow = 0

    def step(self, action: np.ndarray | int) -> float:
        """Apply an action; see `Episode.step`."""
        chosen = int(action)
        if not REJECT <= chosen < self._n_actions:
            raise illegal_action(self._instance, self._flow, chosen)
        self._decisions[self._flow] = chosen
        self._flow += 1
        self.done = self._flow == len(self._decisions)
        return float(step(self._state, 0, chosen))

    def decisions(self) -> dict[str, np.ndarray]:
        """Decisions so far; flows not reached stand as -1."""
        return {"action": self._decisions.copy()}


@cache
def warm_up() -> None:
    """Load or compile what an episode needs, by playing a tiny one."""
    from aigcbench.scenario import scenario_named

    instance = scenario_named("flow/tiny").instance(0, "train")
    FlowEpisode(instance, "informed").step(0)
