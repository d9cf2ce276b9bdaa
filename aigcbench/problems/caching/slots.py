"""Rows of caching episodes for the environments: what actions mean, and what observations are bounded by."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.spaces import Box

from aigcbench.errors import InputError
from aigcbench.instance import Instance
from aigcbench.problems.caching import model, simulator
from aigcbench.problems.caching.amender import amend_cache, amend_shares, validate_amender
from aigcbench.problems.caching.episode import illegal_action
from aigcbench.problems.environment import Slots

SNR_RANGE_DB = 500.0  # far beyond what any gain within the model's range gives


class CachingSlots(Slots):
    """N caching episodes in one simulator state.

    All episodes of a scenario are equally long, so that all of them are always at the same kind of decision.
    """

    formulation = model.NAME
    state: simulator.State
    amender = "ours"

    def choose_amender(self, amender: str) -> None:
        """Take the amender of that name from now on, or raise `InputError`."""
        validate_amender(amender)
        self.amender = amender

    def empty(self, n: int, room: int) -> simulator.State:
        return simulator.empty_state(n, model.sizes_of(self.template), self.length)

    def fill(self, n: int, instance: Instance, scale: np.ndarray) -> None:
        simulator.load_episode(self.state, n, instance.parameters, instance.arrays, scale)

    def step(self, actions: np.ndarray, rewards: np.ndarray, ended: np.ndarray) -> None:
        simulator.step_batch(self.state, actions, rewards, ended)

    def outcome(self, n: int) -> dict[str, Any]:
        cost, misses, hits = (self.state.total[n] / self.state.request[n].size).tolist()
        return {"cost": cost, "deadline_miss_rate": misses, "hit_ratio": hits}

    def space_of_actions(self) -> Box:
        return Box(0.0, 1.0, self.context.action_shape, np.float32)

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        layout, scale = self.context.layout, self.context.scale
        low, high = np.zeros(len(scale)), np.ones(len(scale))
        layout["request"].of(low)[...] = -1.0 / layout["request"].of(scale)
        layout["gain"].of(high)[...] = 1.0 / model.TYPICAL_GAIN
        layout["snr_db"].of(low)[...] = -SNR_RANGE_DB / model.TYPICAL_SNR_DB
        layout["snr_db"].of(high)[...] = SNR_RANGE_DB / model.TYPICAL_SNR_DB
        largest = self.template["model_storage"].max()
        if self.scenario.fleet is None:
            largest = self.scenario.parameters["model_storage"]["high"]
        layout["model_storage"].of(high)[...] = largest / layout["model_storage"].of(scale)
        return low, high

    def legal_actions(self, actions: np.ndarray) -> np.ndarray:
        """Legal actions (N, M + 2U) float64 for actions of the space, by the amender.

        Raises `InputError` for another shape or dtype, or for numbers outside [0, 1] where there is an amender;
        `InvalidDecisions` for what breaks a rule where there is none.
        """
        shape = (len(self.state.frame), *self.context.action_shape)
        if actions.dtype.kind != "f" or actions.shape != shape:
            raise InputError("actions", f"{actions.dtype} of shape {actions.shape}", f"floats {shape}")
        result = actions.astype(np.float64)
        if self.amender == "none":
            self._refuse_illegal(result)
            return result
        outside = ~((result >= 0.0) & (result <= 1.0))
        if outside.any():
            n, entry = (int(k) for k in np.argwhere(outside)[0])
            raise InputError(f"actions[{n}, {entry}]", f"{result[n, entry]:g}", "a number in [0, 1]")
        self._amend(result)
        return result

    def _amend(self, actions: np.ndarray) -> None:
        """Make the part of each action that the current decision reads legal, in place."""
        state = self.state
        models, users = state.storage.shape[1], state.request.shape[3]
        if state.slot[0] == simulator.FRAME:
            actions[:, :models] = amend_cache(actions[:, :models], state.storage, state.limits[:, 0])
            return
        requests = state.request[np.arange(len(actions)), state.frame, state.slot]
        hit = np.take_along_axis(state.cache, requests, 1) > 0
        bandwidth, steps = actions[:, models : models + users], actions[:, models + users :]
        bandwidth[...], steps[...] = amend_shares(bandwidth, steps, hit, state.limits[:, 1], self.amender)

    def _refuse_illegal(self, actions: np.ndarray) -> None:
        state = self.state
        for n, action in enumerate(actions):
            found = simulator.violation(state, n, action)
            if found[0] != simulator.LEGAL:
                raise illegal_action(int(state.frame[n]), int(state.slot[n]), found, *state.limits[n].tolist())
