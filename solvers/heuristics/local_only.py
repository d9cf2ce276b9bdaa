"""The local-only policy."""

import numpy as np

from aigcbench.optimization.compilation import compile_decide
from aigcbench.solver import Policy


class LocalOnly(Policy):
    """Serves every task at the station where it arrives."""

    name = "local-only"
    family = "heuristic"
    formulations = ("offloading",)
    information = "online"
    reference = "Local processing, the usual lower baseline of task offloading"

    def reset(self, context, rng):
        self.layout = context.layout

    def act(self, observation):
        return int(observation.station)

    def compiled(self):
        return compile_decide(decide), np.array([self.layout["station"].start], dtype=np.float64)


def decide(vector, reward, state):
    """`LocalOnly.act`; state: where the arrival station lies."""
    return int(vector[int(state[0])])
