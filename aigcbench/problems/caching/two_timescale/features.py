"""What the networks see of a decision, and how their outputs are read; without torch, for training and decisions alike."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from aigcbench.observation import Layout

STATES = ("paper", "joint", "shared")
LARGEST_LOGIT = 15.0  # beyond it a sigmoid is 0 or 1 for all purposes, and shares of nothing but 0 are none


class Sizes(NamedTuple):
    """Users and models."""

    users: int
    models: int


class StateEncoder:
    """Slot and frame states from scaled online observations.

    ``paper`` is eq. 21 as it stands, gains and model numbers included, for one network over all users. ``joint`` says for each user
    which model is wanted and whether it is cached by 2M zeros and ones, and gives the gain in decibels. ``shared`` is the same for
    one network that serves every user in turn, seeing the mean over the users besides; it fits any number of users.

    Parameters
    ----------
    kind
        One of `STATES`.
    layout
        Of the online observation.
    """

    def __init__(self, kind: str, layout: Layout, sizes: Sizes) -> None:
        self._kind, self._layout, self.sizes = kind, layout, sizes
        users, models = sizes
        own = 2 * models + 3
        self.groups = users if kind == "shared" else 1
        self.n_features = {"paper": 4 * users + models, "joint": users * own, "shared": 2 * own}[kind]

    def hits(self, observations: np.ndarray) -> np.ndarray:
        """Whether each requested model is cached (N, U) bool, for observations (N, D)."""
        return self._layout["hit"].of(observations) > 0

    def storage(self, observations: np.ndarray) -> np.ndarray:
        """Storage of each model as a share of the capacity (N, M)."""
        return self._layout["model_storage"].of(observations)

    def frame(self, observations: np.ndarray) -> np.ndarray:
        """State of a frame decision (N, 1) float32: gamma (eq. 30)."""
        return np.asarray(self._layout["skewness"].of(observations), np.float32)[:, None]

    def slot(self, observations: np.ndarray) -> np.ndarray:
        """State of a slot decision (N, G, F) float32, for each of G networks' turns."""
        n, (users, models) = len(observations), self.sizes
        if self._kind == "paper":
            start = self._layout["request"].start
            return observations[:, None, start : start + self.n_features].astype(np.float32)
        own = np.zeros((n, users, 2 * models + 3), np.float32)
        request = np.rint(self._layout["request"].of(observations) * max(models - 1, 1)).astype(np.int64)
        column = request + np.where(self.hits(observations), models, 0)
        np.put_along_axis(own, column[:, :, None], 1.0, axis=2)
        for place, name in enumerate(("input_size", "output_size", "snr_db")):
            own[:, :, 2 * models + place] = self._layout[name].of(observations)
        if self._kind == "joint":
            return own.reshape(n, 1, -1)
        everybody = np.broadcast_to(own.mean(axis=1, keepdims=True), own.shape)
        return np.concatenate([own, everybody], axis=2)


def by_share(outputs: Any, users: int) -> Any:
    """Outputs (N, G, 2U / G) as bandwidth and steps of each user (N, 2, U); arrays or tensors."""
    n, groups = outputs.shape[:2]
    return outputs.reshape(n, groups, 2, users // groups).swapaxes(1, 2).reshape(n, 2, users)


def by_group(shares: Any, groups: int) -> Any:
    """The inverse of `by_share`: (N, 2, U) as (N, G, 2U / G)."""
    n, _, users = shares.shape
    return shares.reshape(n, 2, groups, users // groups).swapaxes(1, 2).reshape(n, groups, -1)
