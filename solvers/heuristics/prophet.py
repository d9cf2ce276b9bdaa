"""The prophet policy (Du et al., TMC 2024, Section VI-A)."""

import numpy as np

from aigcbench.optimization.compilation import compile_decide
from aigcbench.solver import Policy


class Prophet(Policy):
    """Sends every task to the service of best utility among those with room; if none has, rejects or takes service 0."""

    name = "prophet"
    family = "heuristic"
    formulations = ("assignment",)
    information = "informed"
    reference = "Du et al., Diffusion-based Reinforcement Learning for Edge-enabled AIGC Services, TMC 2024, VI-A"

    def reset(self, context, rng):
        self.layout, self.service_server = context.layout, context["service_server"]
        self.no_room = -1 if context.reject_allowed else 0

    def act(self, observation):
        has_room = (observation.free_steps >= observation.task_steps)[self.service_server]
        if not has_room.any():
            return self.no_room
        return np.where(has_room, observation.utility, -np.inf).argmax()

    def compiled(self):
        views = [self.layout[name] for name in ("task_steps", "utility", "free_steps")]
        starts = [view.start for view in views] + [views[-1].stride]
        return compile_decide(decide), np.array([self.no_room, *starts, *self.service_server], dtype=np.float64)


def decide(vector, reward, state):
    """`Prophet.act`; state: choice if none has room, where steps, utility, free steps lie, stride, servers of services."""
    steps, server = vector[int(state[1])], state[5:]
    utility, free = vector[int(state[2]) :], vector[int(state[3]) :: int(state[4])]
    best, best_utility = int(state[0]), -np.inf
    for service in range(len(server)):
        if utility[service] > best_utility and free[int(server[service])] >= steps:
            best, best_utility = service, utility[service]
    return best
