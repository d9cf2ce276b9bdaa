"""Greedy with prices that agree with the decisions that they lead to."""

from aigcbench.optimization.compilation import compile_decide
from aigcbench.problems.offloading.pricing.fixed_point import Market, Tasks, choose, close_slot, place, rehearse
from aigcbench.problems.offloading.pricing.memory import (
    CURRENT,
    DELAY,
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

REMEMBERED = 4096  # tasks: all of eight slots of the paper's size


class FixedPointPrice(Policy):
    """Sends every task where its own delay and what it makes those behind it wait are least together, at prices in equilibrium.

    Who will be behind it is known per station and arrival station, from what was played and from playing the tasks seen again in
    thought, after 1, 2, 4, ... slots. Strongest at light load; in overload there is no equilibrium to find, and it doesn't look for it.

    ``aigcbench tune fixed-point-price offloading/light10 offloading/light25 --param rehearsals=100 --param overload=0.95 --seeds 8
    --generations 8`` finds nothing better than the defaults.
    """

    name = "fixed-point-price"
    family = "heuristic"
    formulations = ("offloading",)
    information = "informed"
    reference = (
        "Marginal-cost equilibrium: Beckmann, McGuire and Winsten, Studies in the Economics of Transportation, 1956"
    )

    weight: float = parameter(1.0, "how much the delay of others counts", minimum=0, maximum=4)
    rate: float = parameter(0.03, "how fast the means follow the latest slot", minimum=0.005, maximum=1)
    damping: float = parameter(0.05, "how fast they follow a slot that is played in thought", minimum=0.005, maximum=1)
    rehearsals: int = parameter(100, "slots played in thought at a time", minimum=0, maximum=1000)
    overload: float = parameter(
        0.95,
        "load, as a share of what all stations serve, from which nothing is played in thought",
        minimum=0,
        maximum=2,
    )

    def reset(self, context, rng):
        own = [self.weight, self.rate, self.damping, self.rehearsals, self.overload]
        head, stations = HEAD + 5 * REMEMBERED, context.n_actions
        self.memory = new_memory(context, own, rows=5 + 3 * stations, head=head)
        rows = rows_of(self.memory, head)
        rows[1], rows[2] = context["station_capacity"], context["station_rate"]

    def act(self, observation):
        return decide(observation.vector, 0.0, self.memory)

    def compiled(self):
        return compile_decide(decide), self.memory


WEIGHT, RATE, DAMPING, REHEARSALS, OVERLOAD, COUNT = range(OWN, OWN + 6)


def decide(vector, reward, memory):
    """`FixedPointPrice.act`; the memory holds the tasks seen and the market."""
    head = HEAD + 5 * REMEMBERED
    seen = memory[HEAD:head].reshape(5, REMEMBERED)
    tasks = Tasks(seen[0], seen[1], seen[2], seen[3], seen[4])
    rows = rows_of(memory, head)
    n = rows.shape[1]
    market = Market(
        rows[1], rows[2], rows[SERVED], rows[3], rows[4], rows[5 : 5 + n], rows[5 + n : 5 + 2 * n], rows[5 + 2 * n :]
    )
    slot, home = vector[int(memory[SLOT])], int(vector[int(memory[HOME])])
    data, work, result = vector[0], vector[1], vector[int(memory[RESULT])]
    left = memory[SLOTS] - 1.0 - slot
    if slot != memory[CURRENT]:
        if memory[CURRENT] >= 0:
            close_slot(market, memory[RATE] if memory[CURRENT] > 0 else 1.0)
            light = market.mean_placed.sum() < memory[OVERLOAD] * market.served.sum()
            if light and int(slot) & (int(slot) - 1) == 0:
                slots = int(memory[REHEARSALS])
                rehearse(market, tasks, int(memory[COUNT]), slots, left, memory[WEIGHT], memory[DAMPING])
        memory[CURRENT] = slot
    count = int(memory[COUNT])
    if count < REMEMBERED:
        seen[0, count], seen[1, count], seen[2, count], seen[3, count], seen[4, count] = slot, home, data, work, result
        memory[COUNT] += 1.0
    queue, delay = vector[int(memory[QUEUE]) :], vector[int(memory[DELAY]) :]
    station = choose(market, delay, queue, home, work, left, memory[WEIGHT])
    place(market, station, home, work)
    return station
