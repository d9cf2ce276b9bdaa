"""Highest priority first, where flows can't wait for one another."""

import numpy as np

from aigcbench.optimization.compilation import compile_decide
from aigcbench.problems.flow.dispatch import admit_above_reserve, fleet_table
from aigcbench.problems.flow.model import PRIORITIES
from aigcbench.solver import Policy, parameter


class PriorityGreedy(Policy):
    """Keeps the last compute units for important flows: the lower its priority, the more units a flow has to leave free.

    Each flow is decided as it arrives, so that the order of a priority queue becomes a trunk reservation: the highest priority
    has to leave nothing free, the lowest the whole reserve. A flow goes over the gateway with the largest share of bandwidth
    free, at the highest level that meets its deadline.
    """

    name = "priority-greedy"
    family = "heuristic"
    formulations = ("flow",)
    information = "online"
    reference = "Kelly, Loss networks, Annals of Applied Probability 1(3), 1991 (trunk reservation)"

    reserve: float = parameter(
        0.15, "share of the compute units that the lowest priority has to leave free", minimum=0.0, maximum=1.0
    )

    def reset(self, context, rng):
        self.state = np.concatenate([[self.reserve], fleet_table(context)])

    def act(self, observation):
        return decide(observation.vector, 0.0, self.state)

    def compiled(self):
        return compile_decide(decide), self.state


def decide(vector, reward, state):
    """`PriorityGreedy.act`; state: reserve, the fleet's table."""
    return admit_above_reserve(vector, state[1:], state[0] * (PRIORITIES - vector[4]) / (PRIORITIES - 1))
