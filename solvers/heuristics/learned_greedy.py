"""Learned greedy: the prophet's rule on utilities that it learns as it goes, with optimism about what it has not tried."""

import numpy as np

from aigcbench.problems.assignment.utility_model import UtilityModel
from aigcbench.solver import Policy, parameter


class LearnedGreedy(Policy):
    """Learns what services yield from its rewards and takes the most promising one with room (LinUCB)."""

    name = "learned-greedy"
    family = "heuristic"
    formulations = ("assignment",)
    information = "online"
    reference = "LinUCB: Li et al., A contextual-bandit approach to personalized news article recommendation, WWW 2010"

    optimism: float = parameter(1.0, "standard deviations added to the expected utility", minimum=0.0, maximum=100.0)

    def reset(self, context, rng):
        self.service_server = context["service_server"]
        self.no_room = -1 if context.reject_allowed else 0
        self.model = UtilityModel(context, self.optimism)

    def act(self, observation):
        has_room = (observation.free_steps >= observation.task_steps)[self.service_server]
        self.service = None
        if not has_room.any():
            return self.no_room
        self.row = self.model.row_of(observation)
        self.service = int(np.where(has_room, self.model.index_of(self.row), -np.inf).argmax())
        return self.service

    def feedback(self, reward):
        if self.service is not None:  # a crash or a rejection says nothing about utilities
            self.model.learn(self.row, self.service, reward)
