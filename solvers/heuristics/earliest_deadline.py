"""Earliest deadline first, where flows can't wait for one another."""

import numpy as np

from aigcbench.optimization.compilation import compile_decide
from aigcbench.problems.flow.dispatch import admit_above_reserve, fleet_table
from aigcbench.solver import Policy, parameter


class EarliestDeadline(Policy):
    """Keeps the last compute units for flows that are due soon: the later a flow is due, the more units it has to leave free.

    Earliest deadline first (Liu and Layland, Journal of the ACM 20(1), 1973) orders a queue. Here each flow is decided as it
    arrives, so that the order becomes a trunk reservation: a flow due after a share x of the longest delay requirement is
    admitted only if it leaves x times the reserve free. It goes over the gateway with the largest share of bandwidth free, at
    the highest level that meets its deadline.
    """

    name = "earliest-deadline"
    family = "heuristic"
    formulations = ("flow",)
    information = "online"
    reference = "Liu and Layland, Scheduling algorithms for multiprogramming in a hard-real-time environment, JACM 1973"

    reserve: float = parameter(
        0.15, "share of the compute units that the flow due last has to leave free", minimum=0.0, maximum=1.0
    )

    def reset(self, context, rng):
        self.state = np.concatenate([[self.reserve, context["max_deadline_s"]], fleet_table(context)])

    def act(self, observation):
        return decide(observation.vector, 0.0, self.state)

    def compiled(self):
        return compile_decide(decide), self.state


def decide(vector, reward, state):
    """`EarliestDeadline.act`; state: reserve, longest delay requirement, the fleet's table."""
    return admit_above_reserve(vector, state[2:], state[0] * vector[1] / state[1])
