"""Small and large tasks to servers of their own, drawn blindly."""

import numpy as np

from aigcbench.optimization.compilation import compile_decide
from aigcbench.problems.offloading.pricing.blind import drawn
from aigcbench.problems.offloading.pricing.groups import stations_for_large
from aigcbench.solver import Policy, parameter


class BlindSizeSplit(Policy):
    """Sends tasks above a size to a group of the fastest stations, all others to the rest, whatever waits there.

    Stations are drawn in proportion to capacity, evenly: the draws of a group are a golden-ratio sequence with a random start.

    The defaults come from ``aigcbench tune blind-size-split offloading/paper --generations 15``.
    """

    name = "blind-size-split"
    family = "heuristic"
    formulations = ("offloading",)
    information = "online"
    reference = "Harchol-Balter, Crovella and Murta, On choosing a task assignment policy for a distributed server system, J. Parallel Distrib. Comput. 59, 1999 (SITA)"

    threshold: float = parameter(
        0.5995, "size from which a task is large, as a share of the scenario's largest", minimum=0, maximum=1
    )
    capacity: float = parameter(
        0.2513, "capacity of the stations for large tasks, as a share of all", minimum=0, maximum=1
    )

    def reset(self, context, rng):
        capacity = context["station_capacity"]
        group = stations_for_large(capacity, self.capacity)
        least_work = self.threshold * context["max_work_gcycles"]
        self.state = np.concatenate([[least_work], rng.random(2), capacity * (1.0 - group), capacity * group])

    def act(self, observation):
        return decide(observation.vector, 0.0, self.state)

    def compiled(self):
        return compile_decide(decide), self.state


def decide(vector, reward, state):
    """`BlindSizeSplit.act`; state: the least work of a large task, the latest draw of either group, the weights of the stations."""
    large, weights = int(vector[1] >= state[0]), state[3:].reshape(2, (len(state) - 3) // 2)
    return drawn(state[1:3], large, weights[large])
