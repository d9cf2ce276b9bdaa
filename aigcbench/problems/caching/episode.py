"""One caching episode as the harness steps it, and what it says of an illegal action."""

from __future__ import annotations

import numpy as np

from aigcbench.errors import InvalidDecisions
from aigcbench.instance import Instance
from aigcbench.problems.caching import model
from aigcbench.problems.caching.simulator import (
    BANDWIDTH_MINIMUM,
    BANDWIDTH_SUM,
    CACHE_BIT,
    FRAME,
    LEGAL,
    STEPS_RANGE,
    STEPS_SUM,
    STEPS_UNCACHED,
    STORAGE,
    single_state,
    step,
    violation,
)


def illegal_action(
    frame: int, slot: int, found: tuple[int, int, float], storage_gb: float, minimum_share: float
) -> InvalidDecisions:
    """The error for what `violation` found at a decision of an episode with these limits."""
    rule, index, amount = found
    place = f"frame {frame}" if slot == FRAME else f"frame {frame}, slot {slot}"
    name, where, wrong, expected = {
        CACHE_BIT: ("cache-bit", f"{place}, model {index}", f"{amount:g}", "0 or 1"),
        STORAGE: ("storage", place, f"{amount:.12g} GB cached", f"at most {storage_gb:g} GB"),
        BANDWIDTH_MINIMUM: (
            "minimum-share",
            f"{place}, user {index}",
            f"bandwidth share {amount:.12g}",
            f"at least {minimum_share:g}",
        ),
        BANDWIDTH_SUM: ("bandwidth-sum", place, f"bandwidth shares sum to {amount:.12g}", "at most 1"),
        STEPS_RANGE: ("negative-steps", f"{place}, user {index}", f"step share {amount:.12g}", "at least 0"),
        STEPS_SUM: ("steps-sum", place, f"step shares sum to {amount:.12g}", "at most 1"),
        STEPS_UNCACHED: (
            "uncached-steps",
            f"{place}, user {index}",
            f"step share {amount:.12g} for a model that is not cached",
            "0",
        ),
    }[rule]
    return InvalidDecisions(name, where, wrong, expected)


class CachingEpisode:
    """One episode, stepped from outside; `vector` is the current observation in physical units."""

    agent = 0

    def __init__(self, instance: Instance, information: str) -> None:
        self._state = single_state(instance, model.layout_of(instance).lengths[information])
        frames, slots, users, models = model.sizes_of(instance)
        self._cache = np.zeros((frames, models), np.int64)
        self._bandwidth, self._steps = np.zeros((2, frames, slots, users))
        self._n_models, self._n_users = models, users
        self.vector = self._state.vector[0]
        self.done = False

    def step(self, action: np.ndarray) -> float:
        """Apply an action; see `Episode.step`."""
        state, models, users = self._state, self._n_models, self._n_users
        action = np.asarray(action, np.float64)
        frame, slot = int(state.frame[0]), int(state.slot[0])
        found = violation(state, 0, action)
        if found[0] != LEGAL:
            raise illegal_action(frame, slot, found, *state.limits[0].tolist())
        if slot == FRAME:
            self._cache[frame] = action[:models]
        else:
            self._bandwidth[frame, slot] = action[models : models + users]
            self._steps[frame, slot] = action[models + users :]
        reward = float(step(state, 0, action))
        self.done = bool(state.frame[0] == len(self._cache))
        return reward

    def decisions(self) -> dict[str, np.ndarray]:
        """Decisions so far; what is not reached stands as 0."""
        return {"cache": self._cache.copy(), "bandwidth": self._bandwidth.copy(), "steps": self._steps.copy()}
