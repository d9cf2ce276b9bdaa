"""Learned greedy: the prophet's rule on utilities that it learns as it goes, with optimism about what it has not tried.

What a service yields is taken to be linear in features of the request: its type, its steps, and bends of its steps that
together draw any piecewise linear curve. Each service has its own Bayesian regression; the index of a request on it is the
expected utility plus a multiple of the standard deviation, as in LinUCB (Li et al., WWW 2010).
"""

import numpy as np

from aigcbench.solver import Policy, parameter

KNOTS = 10  # bends, evenly spaced up to the largest task; 25 of them gain nothing
NOISE = 1e-6  # variance of what the bends cannot follow; utilities themselves have no noise


class LearnedGreedy(Policy):
    """Learns what services yield from its rewards and takes the most promising one with room (LinUCB)."""

    name = "learned-greedy"
    family = "heuristic"
    formulations = ("assignment",)
    information = "online"
    reference = "LinUCB: Li et al., A contextual-bandit approach to personalized news article recommendation, WWW 2010"

    optimism: float = parameter(1.0, "standard deviations added to the expected utility", minimum=0.0, maximum=100.0)

    def reset(self, context, rng):
        self.service_server, self.max_steps = context["service_server"], context["max_steps"]
        self.no_room = -1 if context.reject_allowed else 0
        self.n_types = context["n_types"] if context["quality_weight"] > 0 else 0
        n_features = self.n_types + 1 + KNOTS
        self.weights = np.zeros((context.n_actions, n_features))
        self.covariances = np.tile(np.eye(n_features), (context.n_actions, 1, 1))
        self.rows = {}  # (steps, type) of each kind of request seen: its row in the two tables below
        self.features = np.empty((0, n_features))
        self.index = np.empty((0, context.n_actions))

    def act(self, observation):
        has_room = (observation.free_steps >= observation.task_steps)[self.service_server]
        self.service = None
        if not has_room.any():
            return self.no_room
        self.row = self._row_of(observation)
        self.service = int(np.where(has_room, self.index[self.row], -np.inf).argmax())
        return self.service

    def feedback(self, reward):
        if self.service is None:  # a crash or a rejection says nothing about utilities
            return
        features, covariance = self.features[self.row], self.covariances[self.service]
        spread = covariance @ features
        gain = spread / (features @ spread + NOISE)
        self.weights[self.service] += gain * (reward - features @ self.weights[self.service])
        covariance -= np.outer(gain, spread)
        self.index[:, self.service] = self._index(self.features, self.service)

    def _row_of(self, observation):
        """Row of this kind of request, added when it is seen for the first time."""
        kind = int(observation.task_type.argmax()) if self.n_types > 1 else 0
        key = (observation.task_steps, kind)
        if key not in self.rows:
            self.rows[key] = len(self.rows)
            share = observation.task_steps / self.max_steps
            bends = np.minimum(share, np.arange(1, KNOTS + 1) / KNOTS) / KNOTS
            features = np.concatenate([np.arange(self.n_types) == kind, [share], bends])
            self.features = np.vstack([self.features, features])
            self.index = np.vstack([self.index, self._index(features, slice(None))])
        return self.rows[key]

    def _index(self, features, service):
        """Optimistic utility of one kind of request on every service, or of every kind on one service."""
        spread = features @ self.covariances[service]
        variance = np.maximum((spread * features).sum(axis=-1), 0.0)
        return self.weights[service] @ features.T + self.optimism * np.sqrt(variance)
