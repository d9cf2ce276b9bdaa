"""The round robin policy (Du et al., TMC 2024, Section VI-A)."""

import numpy as np

from aigcbench.optimization.compilation import compile_decide
from aigcbench.solver import Policy


class RoundRobin(Policy):
    """Sends the tasks to the services in turn, whatever room their servers have."""

    name = "round-robin"
    family = "heuristic"
    formulations = ("assignment",)
    information = "online"
    reference = "Du et al., Diffusion-based Reinforcement Learning for Edge-enabled AIGC Services, TMC 2024, VI-A"

    def reset(self, context, rng):
        self.next_service, self.n_services = 0, context.n_actions

    def act(self, observation):
        service = self.next_service
        self.next_service = (service + 1) % self.n_services
        return service

    def compiled(self):
        return compile_decide(decide), np.array([self.next_service, self.n_services], dtype=np.float64)


def decide(vector, reward, state):
    """`RoundRobin.act` on the state (next service, number of services)."""
    service = state[0]
    state[0] = (service + 1) % state[1]
    return int(service)
