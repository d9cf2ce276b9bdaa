"""The crash-avoid policy (Du et al., TMC 2024, Section VI-A)."""

import numpy as np

from aigcbench.optimization.compilation import compile_decide
from aigcbench.solver import Policy


class CrashAvoid(Policy):
    """Sends every task to the server with the most free steps; rejects, where that is allowed, what fits nowhere."""

    name = "crash-avoid"
    family = "heuristic"
    formulations = ("assignment",)
    information = "online"
    reference = "Du et al., Diffusion-based Reinforcement Learning for Edge-enabled AIGC Services, TMC 2024, VI-A"

    def reset(self, context, rng):
        self.layout, self.reject_allowed = context.layout, context.reject_allowed
        self.first_service = np.unique(context["service_server"], return_index=True)[1]

    def act(self, observation):
        server = observation.free_steps.argmax()
        if self.reject_allowed and observation.free_steps[server] < observation.task_steps:
            return -1
        return self.first_service[server]

    def compiled(self):
        starts = [self.layout["task_steps"].start, self.layout["free_steps"].start, self.layout["free_steps"].stride]
        return compile_decide(decide), np.array([self.reject_allowed, *starts, *self.first_service], dtype=np.float64)


def decide(vector, reward, state):
    """`CrashAvoid.act`; state: reject allowed, where steps and free steps lie, stride, first service of each server."""
    steps, free = vector[int(state[1])], vector[int(state[2]) :: int(state[3])]
    first_service = state[4:]
    server = 0
    for other in range(len(first_service)):
        if free[other] > free[server]:
            server = other
    if state[0] and free[server] < steps:
        return -1
    return int(first_service[server])
