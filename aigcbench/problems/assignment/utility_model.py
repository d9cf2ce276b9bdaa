"""Learns what services yield from the rewards of the requests that they got.

What a service yields is taken to be linear in features of the request: its type, its steps, and bends of its steps that
together draw any piecewise linear curve. Each service has its own Bayesian regression; the index of a request on it is the
expected utility plus a multiple of the standard deviation, as in LinUCB (Li et al., WWW 2010).
"""

from __future__ import annotations

import numpy as np

from aigcbench.observation import Context, Observation

KNOTS = 10  # bends, evenly spaced up to the largest task; 25 of them gain nothing
NOISE = 1e-6  # variance of what the bends cannot follow; utilities themselves have no noise


class UtilityModel:
    """Bayesian linear regressions of utility, one for each service; knows nothing at first.

    Parameters
    ----------
    context
        Sizes and scales; nothing of it says what a service yields.
    optimism
        Standard deviations added to the expected utility in an index.
    """

    def __init__(self, context: Context, optimism: float) -> None:
        self._optimism, self._max_steps = optimism, context["max_steps"]
        self._typed = context["n_types"] > 1
        self._n_types = context["n_types"] if context["quality_weight"] > 0 else 0
        n_features = self._n_types + 1 + KNOTS
        self._weights = np.zeros((context.n_actions, n_features))
        self._covariances = np.tile(np.eye(n_features), (context.n_actions, 1, 1))
        self._rows: dict[
            tuple[float, int], int
        ] = {}  # (steps, type) of each kind of request seen: its row in these two
        self._features = np.empty((0, n_features))
        self._index = np.empty((0, context.n_actions))

    def row_of(self, observation: Observation) -> int:
        """Row of the request's kind, which `index_of` and `learn` take; added when it is seen for the first time."""
        kind = int(observation.task_type.argmax()) if self._typed else 0
        key = (float(observation.task_steps), kind)
        if key not in self._rows:
            self._rows[key] = len(self._rows)
            features = self._features_of(np.array([key[0]]), np.array([kind]))
            self._features = np.concatenate([self._features, features])
            self._index = np.concatenate([self._index, self._optimistic(features[0], slice(None))[None]])
        return self._rows[key]

    def index_of(self, row: int) -> np.ndarray:
        """Optimistic utility of a kind of request on every service (float64, services)."""
        return self._index[row]

    def learn(self, row: int, service: int, utility: float) -> None:
        """Take note of what a request of this kind yielded on ``service``."""
        features, covariance = self._features[row], self._covariances[service]
        spread = covariance @ features
        gain = spread / (features @ spread + NOISE)
        self._weights[service] += gain * (utility - features @ self._weights[service])
        covariance -= np.outer(gain, spread)
        self._index[:, service] = self._optimistic(self._features, service)

    def expected(self, steps: np.ndarray, types: np.ndarray) -> np.ndarray:
        """Expected utility of requests of these steps and types (int64), float64 (requests, services)."""
        return self._features_of(steps, types) @ self._weights.T

    def _features_of(self, steps: np.ndarray, types: np.ndarray) -> np.ndarray:
        share = (steps / self._max_steps)[:, None]
        bends = np.minimum(share, np.arange(1, KNOTS + 1) / KNOTS) / KNOTS
        return np.concatenate([np.arange(self._n_types) == types[:, None], share, bends], axis=1)

    def _optimistic(self, features: np.ndarray, service: int | slice) -> np.ndarray:
        """Index of one kind of request on every service, or of every kind on one service."""
        spread = features @ self._covariances[service]
        variance = np.maximum((spread * features).sum(axis=-1), 0.0)
        return self._weights[service] @ features.T + self._optimism * np.sqrt(variance)
