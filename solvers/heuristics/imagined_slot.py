"""Greedy at prices, on what the other stations are imagined to have placed before."""

import numpy as np

from aigcbench.optimization.compilation import compile_decide
from aigcbench.problems.offloading.pricing.blind import drawn
from aigcbench.problems.offloading.pricing.fixed_point import choose, delay_if_sent
from aigcbench.problems.offloading.pricing.imagination import imagine
from aigcbench.problems.offloading.pricing.memory import CURRENT, HOME, QUEUE, RESULT, SLOT, SLOTS
from aigcbench.problems.offloading.pricing.recollection import (
    FURTHER,
    RATE,
    SLOTS_IMAGINED,
    WEIGHT,
    demand_seen,
    market_and_rows,
    new_recollection,
    remember,
)
from aigcbench.solver import Policy, parameter


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
        draw, others = rng.random(), 0.0 if context.n_agents == 1 else 1.0
        settings = [self.weight, self.rate, self.slots]
        self.memory = new_recollection(context, rng, settings, [others, draw], rows=1 + context.n_actions)

    def act(self, observation):
        return decide(observation.vector, 0.0, self.memory)

    def compiled(self):
        return compile_decide(decide), self.memory


OTHERS, DRAW, FIRST = range(FURTHER, FURTHER + 3)


def decide(vector, reward, memory):
    """`ImaginedSlot.act`; own rows of the memory: own placements in the slot, then those imagined before each home."""
    market, rows = market_and_rows(memory)
    n, own, ahead = rows.shape[1], rows[0], rows[1:]
    slot, home = vector[int(memory[SLOT])], int(vector[int(memory[HOME])])
    data, work, result = vector[0], vector[1], vector[int(memory[RESULT])]
    queue = vector[int(memory[QUEUE]) : int(memory[QUEUE]) + n]
    left, slots, weight = memory[SLOTS] - 1.0 - slot, int(memory[SLOTS_IMAGINED]), memory[WEIGHT]
    if slot != memory[CURRENT]:
        own[:] = 0.0
        if memory[CURRENT] >= 0.0:
            imagine(market, queue, demand_seen(memory), left, weight, memory[RATE], slots, ahead)
        else:
            memory[FIRST] = slot
        memory[CURRENT] = slot
    remember(memory, slot, home, data, work, result)
    if slot == memory[FIRST]:
        station = drawn(memory[DRAW : DRAW + 1], 0, market.capacity)
    else:
        delay = np.empty(n)
        market.placed[:] = memory[OTHERS] * ahead[home] + own
        delay_if_sent(market, queue, home, data, work, result, delay)
        station = choose(market, market.later[home], delay, queue, work, left, weight)
        market.placed[:] = 0.0
    own[station] += work
    return station
