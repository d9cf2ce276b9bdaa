"""Greedy on a task's delay plus what it makes later tasks wait."""

from aigcbench.optimization.compilation import compile_decide
from aigcbench.problems.offloading.pricing.externality import learn, slots_until_empty
from aigcbench.problems.offloading.pricing.memory import (
    CURRENT,
    DELAY,
    HEAD,
    HOME,
    OWN,
    QUEUE,
    SERVED,
    SLOT,
    SLOTS,
    new_memory,
    rows_of,
)
from aigcbench.solver import Policy, parameter


class ExternalityGreedy(Policy):
    """Sends every task where its own delay and the delay that it causes to those behind it are least together.

    Those behind it are the tasks that the station will get before it is empty again, by running means of what it got per slot. The
    first slot fills the means; as they follow slowly, stations that once fell behind stay cheap and are left to the largest tasks.
    """

    name = "externality-greedy"
    family = "heuristic"
    formulations = ("offloading",)
    information = "informed"
    reference = "Marginal-cost routing: Pigou, The Economics of Welfare, 1920; for queues: Bell and Stidham, Individual versus social optimization, Management Science 29(7), 1983"

    weight: float = parameter(1.0, "how much the delay of others counts", minimum=0, maximum=4)
    rate: float = parameter(0.05, "how fast the means follow the latest slot", minimum=0.005, maximum=1)

    def reset(self, context, rng):
        self.memory = new_memory(context, [self.weight, self.rate], rows=5)

    def act(self, observation):
        return decide(observation.vector, 0.0, self.memory)

    def compiled(self):
        return compile_decide(decide), self.memory


WEIGHT, RATE = OWN, OWN + 1


def decide(vector, reward, memory):
    """`ExternalityGreedy.act`; rows of the memory: served, placed (Gcycles) and sent (tasks) in this slot, means of both per slot."""
    rows = rows_of(memory, HEAD)
    served, placed, sent, mean_placed, mean_sent = rows[SERVED], rows[1], rows[2], rows[3], rows[4]
    slot, work, stations = vector[int(memory[SLOT])], vector[1], rows.shape[1]
    if slot != memory[CURRENT]:
        if memory[CURRENT] >= 0:
            rate = memory[RATE] if memory[CURRENT] > 0 else 1.0
            learn(mean_placed, placed, rate)
            learn(mean_sent, sent, rate)
        memory[CURRENT] = slot
    queue, delay = vector[int(memory[QUEUE]) :], vector[int(memory[DELAY]) :]
    rest, left = 1.0 - (vector[int(memory[HOME])] + 0.5) / stations, memory[SLOTS] - 1.0 - slot
    best, least = 0, 1e300
    for b in range(stations):
        slots = rest + slots_until_empty(queue[b] + placed[b], served[b], mean_placed[b], left)
        cost = delay[b] + memory[WEIGHT] * mean_sent[b] * slots * work / served[b]
        if cost < least:
            best, least = b, cost
    placed[best] += work
    sent[best] += 1.0
    return best
