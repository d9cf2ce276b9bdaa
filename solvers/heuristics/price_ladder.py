"""The ladder of sacrificed stations, climbed blindly by stations that see only the queues at the start of a slot."""

from aigcbench.optimization.compilation import compile_decide
from aigcbench.problems.offloading.pricing.blind import drawn, fill_water, mean_load
from aigcbench.problems.offloading.pricing.ladder import BINS, climb, record, room_left, threshold
from aigcbench.problems.offloading.pricing.memory import (
    CURRENT,
    HEAD,
    OWN,
    QUEUE,
    SERVED,
    SLOT,
    SLOTS,
    STATIONS,
    new_memory,
    rows_of,
)
from aigcbench.solver import Policy, parameter


class PriceLadder(Policy):
    """Sends the largest tasks to the stations that are given up, as all agree from the queues alone, and the others to the rest.

    Which stations are given up follows from the queues at the start of the slot, which all stations see alike; how large a task must
    be, from a station's own tasks. In either group stations are drawn in the proportions that level the queues by the end of the slot.

    The defaults come from ``aigcbench tune price-ladder offloading/paper offloading/mixed --param start=1.1 --seeds 20
    --generations 10``.
    """

    name = "price-ladder"
    family = "heuristic"
    formulations = ("offloading",)
    information = "online"
    reference = "Size-based routing under overload, cf. Harchol-Balter, Crovella and Murta, On choosing a task assignment policy for a distributed server system, 1999; stale queues: Mitzenmacher, How useful is old information, IEEE TPDS 2000"

    start: float = parameter(
        1.1, "load, as a share of what the stations left serve, from which one is given up", minimum=0.9, maximum=1.4
    )
    fill: float = parameter(
        1.193, "work for the stations left in a slot, as a share of what they serve", minimum=0.7, maximum=1.5
    )
    drain: float = parameter(0.5915, "share of their backlog that is taken off it", minimum=0, maximum=2)
    last: float = parameter(
        1.75,
        "what is added to that share in the last slot, half of it in the last but one, and so on",
        minimum=0,
        maximum=4,
    )
    reach: float = parameter(1.475, "slots of work that fill a station, per slot left", minimum=0.3, maximum=5)
    excess: float = parameter(
        44.33, "slots of work added to that, times the share of the load that is too much", minimum=0, maximum=120
    )

    def reset(self, context, rng):
        settings = [self.start, self.fill, self.drain, self.last, self.reach, self.excess]
        own = [*settings, context["max_work_gcycles"]]
        self.memory = new_memory(context, own, rows=5, head=HEAD + BINS)
        self.memory[[THRESHOLD, LATEST]] = 1e300, -1.0
        self.memory[[DRAWS, DRAWS + 1]] = rng.random(2)
        rows = rows_of(self.memory, HEAD + BINS)
        rows[3] = rows[SERVED]

    def act(self, observation):
        return decide(observation.vector, 0.0, self.memory)

    def compiled(self):
        return compile_decide(decide), self.memory


START, FILL, DRAIN, LAST, REACH, EXCESS, MAX_WORK, THRESHOLD, TOTAL, LATEST, LOAD, DRAWS = range(OWN, OWN + 12)


def decide(vector, reward, memory):
    """`PriceLadder.act`; rows of the memory: served, latest queues, 1 where given up, shares of the stations left and of those given up."""
    rows, histogram = rows_of(memory, HEAD + BINS), memory[HEAD : HEAD + BINS]
    served, latest_queue, given_up = rows[SERVED], rows[1], rows[2]
    slot, work, stations = vector[int(memory[SLOT])], vector[1], int(memory[STATIONS])
    queue = vector[int(memory[QUEUE]) : int(memory[QUEUE]) + stations]
    if slot != memory[CURRENT]:
        if memory[CURRENT] >= 0:
            memory[LOAD] = mean_load(memory[LOAD], queue, latest_queue, served, slot, memory[CURRENT])
            left = memory[SLOTS] - 1.0 - slot
            full = memory[REACH] * left + memory[EXCESS] * max(memory[LOAD] / served.sum() - 1.0, 0.0)
            fill = memory[FILL] + memory[LAST] / (left + 1.0)
            backlog = queue.copy()
            for _ in range(stations):
                room = room_left(queue, served, given_up, 0.0, fill, memory[DRAIN])
                latest = int(memory[LATEST])
                if latest >= 0:
                    backlog[latest] = queue[latest] + 0.5 * max(memory[LOAD] - room, 0.0)
                memory[LATEST] = climb(memory[LOAD] / memory[START], full, backlog, served, given_up, latest)
                if memory[LATEST] == latest:
                    break
            memory[THRESHOLD] = threshold(histogram, memory[LOAD] / max(memory[TOTAL], 1e-9), room, memory[MAX_WORK])
            fill_water(queue, served, given_up, 0.0, min(room, memory[LOAD]), rows[3])
            fill_water(queue, served, given_up, 1.0, memory[LOAD] - room, rows[4])
        latest_queue[:] = queue
        memory[CURRENT] = slot
    large = int(memory[LATEST] >= 0.0 and work >= memory[THRESHOLD])
    station = drawn(memory[DRAWS : DRAWS + 2], large, rows[3 + large])
    memory[TOTAL] += work
    record(histogram, work, memory[MAX_WORK])
    return station
