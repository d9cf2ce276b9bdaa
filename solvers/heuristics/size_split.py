"""Small and large tasks to servers of their own."""

import numpy as np

from aigcbench.optimization.compilation import compile_decide
from aigcbench.problems.offloading.pricing.groups import stations_for_large
from aigcbench.solver import Policy, parameter


class SizeSplit(Policy):
    """Sends tasks above a size to a group of the fastest stations, all others to the rest, in each where the delay is least.

    Where the group of large tasks is given less than its share, many small tasks wait little and a few large ones long.

    The defaults come from ``aigcbench tune size-split offloading/paper offloading/paper-code --generations 15``.
    """

    name = "size-split"
    family = "heuristic"
    formulations = ("offloading",)
    information = "informed"
    reference = "Harchol-Balter, Crovella and Murta, On choosing a task assignment policy for a distributed server system, J. Parallel Distrib. Comput. 59, 1999 (SITA)"

    threshold: float = parameter(
        0.3592, "size from which a task is large, as a share of the scenario's largest", minimum=0, maximum=1
    )
    capacity: float = parameter(
        0.6267, "capacity of the stations for large tasks, as a share of all", minimum=0, maximum=1
    )

    def reset(self, context, rng):
        self.delay = context.layout["delay"]
        self.least_work = self.threshold * context["max_work_gcycles"]
        self.group = stations_for_large(context["station_capacity"], self.capacity)

    def act(self, observation):
        large = 1.0 if observation.task_work >= self.least_work else 0.0
        return int(np.where(self.group == large, observation.delay, np.inf).argmin())

    def compiled(self):
        return compile_decide(decide), np.concatenate([[self.delay.start, self.least_work], self.group])


def decide(vector, reward, state):
    """`SizeSplit.act`; state: where the delays begin, which end the observation, the least work of a large task, the group."""
    delay, group, large = vector[int(state[0]) :], state[2:], 1.0 if vector[1] >= state[1] else 0.0
    best, least = 0, np.inf
    for b in range(len(delay)):
        if group[b] == large and delay[b] < least:
            best, least = b, delay[b]
    return best
