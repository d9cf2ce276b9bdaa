"""Slots of flow episodes that are refilled from a scenario: what single and batched environment have in common."""

from __future__ import annotations

from typing import Any

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.environment import Slots
from aigcbench.problems.flow import mask, model, simulator


class FlowSlots(Slots):
    """N episodes of flow in one simulator state."""

    formulation = model.NAME

    def __init__(self, scenario: str, observation: str, split: str, n: int) -> None:
        super().__init__(scenario, observation, split, n)
        self._mask_table = mask.mask_table(self.context)

    def empty(self, n: int, room: int) -> simulator.State:
        gateways = len(self.context["gateway_capacity"])
        sizes = gateways, room, min(room, int(self.context["compute_units"]))
        return simulator.empty_state(n, sizes, self.context["level_rate"], self.context["level_units"], self.length)

    def fill(self, n: int, instance: Instance, scale: np.ndarray) -> None:
        simulator.load_episode(self.state, n, instance, scale)

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """All entries lie in [0, 1] but delays, and backlogs: each compute unit could stand for a flow that has all still to send."""
        layout, scale = self.context.layout, self.context.scale
        high = np.ones(len(scale))
        most = float(self.context["compute_units"]) * float(self.context["max_data_mbit"])
        layout["backlog"].of(high)[...] = most / layout["backlog"].of(scale)
        layout["delay"].of(high)[...] = model.BLOCKED
        return np.zeros(len(scale)), high

    def step(self, actions: np.ndarray, rewards: np.ndarray, ended: np.ndarray) -> None:
        simulator.step_batch(self.state, actions, rewards, ended)

    def outcome(self, n: int) -> dict[str, Any]:
        state = self.state
        return {"weighted_completion_rate": float(state.completed_weight[n] / state.total_weight[n])}

    def action_mask(self, observations: np.ndarray) -> np.ndarray:
        """Which actions (N, A) bool let the flow of each observation (N, D) meet its deadline; see `mask.allow`."""
        allowed = np.empty((len(observations), self.context.n_actions + 1), dtype=np.bool_)
        mask.allow(observations, self._mask_table, allowed)
        return allowed
