"""Slots of assignment episodes that are refilled from a scenario: what single and batched environment have in common."""

from __future__ import annotations

from typing import Any

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.assignment import mask, model, simulator
from aigcbench.problems.environment import Slots
from aigcbench.scenario import Scenario


class AssignmentSlots(Slots):
    """N episodes of assignment in one simulator state."""

    formulation = model.NAME

    def __init__(self, scenario: str, observation: str, split: str, n: int) -> None:
        super().__init__(scenario, observation, split, n)
        self._mask_table = mask.mask_table(model.context_of(self.template, observation))

    def empty(self, n: int, room: int) -> simulator.State:
        sizes = (*simulator.sizes_of(self.template)[:3], room)
        return simulator.empty_state(n, sizes, self.template["service_server"], self.length)

    def fill(self, n: int, instance: Instance, scale: np.ndarray) -> None:
        simulator.load_episode(self.state, n, instance.parameters, instance.arrays, scale)

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """All entries lie in [0, 1] but the utilities."""
        layout = self.context.layout
        low, high = np.zeros(layout.lengths["informed"]), np.ones(layout.lengths["informed"])
        layout["utility"].of(low)[...], layout["utility"].of(high)[...] = _utility_range(self.scenario, self.template)
        return low, high

    def step(self, actions: np.ndarray, rewards: np.ndarray, ended: np.ndarray) -> None:
        simulator.step_batch(self.state, actions, rewards, ended)

    def outcome(self, n: int) -> dict[str, Any]:
        return {"utility": float(self.state.utility[n]), "crashes": int(self.state.crashes[n].sum())}

    def action_mask(self, observations: np.ndarray) -> np.ndarray:
        """Which actions (N, A) bool have room for the task of each observation (N, D) of the space; see `mask.allow`."""
        allowed = np.empty((len(observations), self.n_actions), dtype=np.bool_)
        mask.allow(observations, self._mask_table, allowed)
        return allowed


def _utility_range(scenario: Scenario, template: Instance) -> tuple[float, float]:
    """Lowest and highest utility that any task can have on any service of any of the scenario's instances."""
    if scenario.fleet is None:
        grids = scenario.parameters
        quality = [grids["type_quality"]["low"], grids["type_quality"]["high"]]
        ay, by = grids["utility_ay"], grids["utility_by"]
        rises = [by["low"] - ay["high"], by["high"] - ay["low"]]
    else:
        line = template["utility_line"]
        quality, rises = template["type_quality"].ravel().tolist(), (line[:, 3] - line[:, 1]).tolist()
    weight = template.parameters["quality_weight"]
    slack = 1 + 1e-9  # the interpolated line may pass its end by a rounding error
    return weight * min(quality) + min(0.0, *rises) * slack, weight * max(quality) + max(0.0, *rises) * slack
