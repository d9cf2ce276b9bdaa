"""Greedy with prices that agree with the decisions that they lead to."""

from aigcbench.optimization.compilation import compile_decide
from aigcbench.problems.offloading.pricing.fixed_point import choose, close_slot, place
from aigcbench.problems.offloading.pricing.imagination import foresee, imagine
from aigcbench.problems.offloading.pricing.memory import CURRENT, DELAY, HOME, QUEUE, RESULT, SLOT, SLOTS
from aigcbench.problems.offloading.pricing.recollection import (
    FURTHER,
    LATEST_HOME,
    RATE,
    SLOTS_IMAGINED,
    WEIGHT,
    demand_seen,
    market_and_rows,
    new_recollection,
    remember,
)
from aigcbench.solver import Policy, parameter


class FixedPointPrice(Policy):
    """Sends every task where its own delay and what it makes those behind it wait are least together, at prices in equilibrium.

    Who will be behind it is known per station from slots that are played in thought with tasks like those seen: whole ones at the
    start of each slot, until prices and decisions agree, and the rest of the slot whenever an arrival station has its turn, from what
    is placed by then. Strongest at light load; in overload there is no equilibrium to find, it doesn't look for it and goes by running means.

    The defaults are the best of a few tried on the training instances 0 to 9 of offloading/light10 and 0 to 5 of offloading/light25 and
    offloading/light38; ``aigcbench tune fixed-point-price offloading/light10 offloading/light25`` starts from them.
    """

    name = "fixed-point-price"
    version = 2
    family = "heuristic"
    formulations = ("offloading",)
    information = "informed"
    reference = (
        "Marginal-cost equilibrium: Beckmann, McGuire and Winsten, Studies in the Economics of Transportation, 1956"
    )

    weight: float = parameter(1.0, "how much the delay of others counts", minimum=0, maximum=4)
    rate: float = parameter(0.05, "how fast prices follow a slot, played or imagined", minimum=0.005, maximum=1)
    slots: int = parameter(32, "slots that are imagined at a time", minimum=1, maximum=1000)
    overload: float = parameter(
        0.95, "load, as a share of what all stations serve, from which nothing is imagined", minimum=0, maximum=2
    )

    def reset(self, context, rng):
        settings = [self.weight, self.rate, self.slots]
        self.memory = new_recollection(context, rng, settings, [self.overload], rows=1 + context.n_actions)

    def act(self, observation):
        return decide(observation.vector, 0.0, self.memory)

    def compiled(self):
        return compile_decide(decide), self.memory


OVERLOAD, LIGHT = FURTHER, FURTHER + 1


def decide(vector, reward, memory):
    """`FixedPointPrice.act`; own rows of the memory: tasks expected later in the slot, then room for what `imagine` finds."""
    market, rows = market_and_rows(memory)
    n, later = rows.shape[1], rows[0]
    slot, home = vector[int(memory[SLOT])], int(vector[int(memory[HOME])])
    data, work, result = vector[0], vector[1], vector[int(memory[RESULT])]
    queue, delay = vector[int(memory[QUEUE]) : int(memory[QUEUE]) + n], vector[int(memory[DELAY]) :]
    left, slots, weight = memory[SLOTS] - 1.0 - slot, int(memory[SLOTS_IMAGINED]), memory[WEIGHT]
    new_slot = slot != memory[CURRENT]
    if new_slot:
        if memory[CURRENT] >= 0.0:
            close_slot(market, memory[RATE] if memory[CURRENT] > 0.0 else 1.0)
            memory[LIGHT] = 1.0 if market.mean_placed.sum() < memory[OVERLOAD] * market.served.sum() else 0.0
            if memory[LIGHT] > 0.0:
                imagine(market, queue, demand_seen(memory), left, weight, memory[RATE], slots, rows[1:])
        memory[CURRENT] = slot
    if new_slot or home != memory[LATEST_HOME]:
        later[:] = market.later[home]
        if memory[LIGHT] > 0.0:
            foresee(market, queue, home, demand_seen(memory), left, weight, slots, later)
    remember(memory, slot, home, data, work, result)
    station = choose(market, later, delay, queue, work, left, weight)
    place(market, station, home, work)
    return station
