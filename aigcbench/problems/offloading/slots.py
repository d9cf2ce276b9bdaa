"""Slots of offloading episodes that are refilled from a scenario: what single and batched environment have in common."""

from __future__ import annotations

from typing import Any

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.environment import Slots
from aigcbench.problems.offloading import model, simulator


class OffloadingSlots(Slots):
    """N episodes of offloading in one simulator state."""

    formulation = model.NAME

    def empty(self, n: int, room: int) -> simulator.State:
        stations, slots, _ = simulator.sizes_of(self.template)
        return simulator.empty_state(n, (stations, slots, room), self.length, self.context["live_queues"])

    def fill(self, n: int, instance: Instance, scale: np.ndarray) -> None:
        simulator.load_episode(self.state, n, instance.parameters, instance.arrays, scale)

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """All entries are at least 0; a queue could hold the work of every task, and the last task could wait for all of it."""
        layout, scale = self.context.layout, self.context.scale
        high = np.ones(len(scale))
        most_work = self._largest_episode() * float(self.context["max_work_gcycles"])
        slowest, slowest_rate = self._slowest_station()
        seconds = most_work / slowest
        ten_slots = model.SCALE_SLOTS * float(self.context["slot_s"])
        for name in ("queue", "before"):
            if name in (view.name for view in layout.views):
                layout[name].of(high)[...] = seconds / ten_slots
        megabits = float(self.context["max_data_mbit"]) + float(self.context["max_result_mbit"])
        layout["delay"].of(high)[...] = (2 * seconds + megabits / slowest_rate) / ten_slots
        return np.zeros(len(scale)), high

    def step(self, actions: np.ndarray, rewards: np.ndarray, ended: np.ndarray) -> None:
        simulator.step_batch(self.state, actions, rewards, ended)

    def outcome(self, n: int) -> dict[str, Any]:
        return {"mean_delay": float(self.state.total_delay[n] / self.state.n_tasks[n])}

    def _largest_episode(self) -> int:
        """The most tasks that an instance of the scenario can have."""
        parameters = self.scenario.parameters
        return parameters["stations"] * parameters["slots"] * parameters["tasks"]["high"]

    def _slowest_station(self) -> tuple[float, float]:
        """The least capacity (Gcycles/s) and the least rate (Mbit/s) of any station of any instance of the scenario."""
        if self.scenario.fleet is None:
            parameters = self.scenario.parameters
            return parameters["capacity_gcycles_s"]["low"], parameters["rate_mbit_s"]["low"]
        return float(self.template["station_capacity"].min()), float(self.template["station_rate"].min())
