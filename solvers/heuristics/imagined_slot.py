"""Greedy at prices, on what the other stations are imagined to have placed before."""

import numpy as np

from aigcbench.optimization.compilation import compile_decide
from aigcbench.optimization.random_stream import random_words
from aigcbench.problems.offloading.pricing.blind import drawn
from aigcbench.problems.offloading.pricing.fixed_point import Market, choose
from aigcbench.problems.offloading.pricing.imagination import imagine
from aigcbench.problems.offloading.pricing.memory import (
    CURRENT,
    HEAD,
    HOME,
    OWN,
    QUEUE,
    RESULT,
    SERVED,
    SLOT,
    SLOTS,
    new_memory,
    rows_of,
)
from aigcbench.solver import Policy, parameter

REMEMBERED = 1024
"""Tasks, and numbers of tasks, that a station remembers: the first ones that it got."""


class ImaginedSlot(Policy):
    """Sends every task where its delay and what it makes later ones wait would be least, had the stations before placed as imagined.

    A station that sees only the queues at the start of a slot knows its rank in the order of service, and from its own tasks what
    the others get. It plays the slot in thought, all of them following the same rule, and puts its own tasks on what they left.

    In the first slot, of which nothing is known yet, stations are drawn in proportion to capacity.
    """

    name = "imagined-slot"
    family = "heuristic"
    formulations = ("offloading",)
    information = "online"
    reference = "Mean-field equilibrium: Lasry and Lions, Mean field games, Japanese J. Math. 2, 2007; marginal-cost prices: Beckmann, McGuire and Winsten, 1956"

    weight: float = parameter(1.0, "how much the delay of others counts", minimum=0, maximum=4)
    rate: float = parameter(0.05, "how fast prices follow an imagined slot", minimum=0.005, maximum=1)
    slots: int = parameter(8, "slots that are imagined at the start of each", minimum=1, maximum=100)

    def reset(self, context, rng):
        others = 0.0 if context.n_agents == 1 else 1.0
        own = [self.weight, self.rate, self.slots, others]
        head, stations = HEAD + 4 * REMEMBERED, context.n_actions
        self.memory = new_memory(context, own, rows=6 + 4 * stations, head=head)
        self.memory[DRAW], self.memory[WORDS : WORDS + 2] = rng.random(), random_words(rng)
        rows = rows_of(self.memory, head)
        rows[1], rows[2] = context["station_capacity"], context["station_rate"]

    def act(self, observation):
        return decide(observation.vector, 0.0, self.memory)

    def compiled(self):
        return compile_decide(decide), self.memory


WEIGHT, RATE, IMAGINED, OTHERS, FIRST, COUNT, CELLS, LATEST_HOME, DRAW, WORDS = range(OWN, OWN + 10)


def decide(vector, reward, memory):
    """`ImaginedSlot.act`; the memory holds the tasks seen and their numbers, the market, own placements and those imagined before."""
    head = HEAD + 4 * REMEMBERED
    seen = memory[HEAD:head].reshape(4, REMEMBERED)
    rows = rows_of(memory, head)
    n = rows.shape[1]
    sent, mean_sent, later, ahead = (
        rows[6 : 6 + n],
        rows[6 + n : 6 + 2 * n],
        rows[6 + 2 * n : 6 + 3 * n],
        rows[6 + 3 * n :],
    )
    market, own = Market(rows[1], rows[2], rows[SERVED], rows[3], rows[4], sent, mean_sent, later), rows[5]
    slot, home = vector[int(memory[SLOT])], int(vector[int(memory[HOME])])
    data, work, result = vector[0], vector[1], vector[int(memory[RESULT])]
    queue, left = vector[int(memory[QUEUE]) : int(memory[QUEUE]) + n], memory[SLOTS] - 1.0 - slot
    if memory[CURRENT] < 0.0:
        memory[FIRST] = slot
    if slot != memory[CURRENT]:
        own[:] = 0.0
        if memory[CURRENT] >= 0.0:
            tasks = seen[:3, : min(int(memory[COUNT]), REMEMBERED)]
            counts = seen[3, : min(int(memory[CELLS]), REMEMBERED)]
            words, slots = memory[WORDS : WORDS + 2], int(memory[IMAGINED])
            imagine(market, queue, tasks, counts, left, memory[WEIGHT], memory[RATE], slots, words, ahead)
    if slot != memory[CURRENT] or home != memory[LATEST_HOME]:
        memory[CELLS] += 1.0
        memory[CURRENT], memory[LATEST_HOME] = slot, home
    count, cell = int(memory[COUNT]), int(memory[CELLS]) - 1
    if count < REMEMBERED:
        seen[0, count], seen[1, count], seen[2, count] = data, work, result
        memory[COUNT] += 1.0
    if cell < REMEMBERED:
        seen[3, cell] += 1.0
    if slot == memory[FIRST]:
        station = drawn(memory[DRAW : DRAW + 1], 0, rows[1])
    else:
        delay = np.empty(n)
        for b in range(n):
            market.placed[b] = memory[OTHERS] * ahead[home, b] + own[b]
            moved = result + (0.0 if b == home else data)
            delay[b] = (queue[b] + market.placed[b] + work) / market.capacity[b] + moved / market.rate[b]
        station = choose(market, delay, queue, home, work, left, memory[WEIGHT])
        market.placed[:] = 0.0
    own[station] += work
    return station
