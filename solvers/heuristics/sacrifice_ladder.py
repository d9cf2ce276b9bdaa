"""Gives the fastest stations up to the largest tasks, one after the other, and keeps the rest short of a backlog."""

from aigcbench.optimization.compilation import compile_decide
from aigcbench.problems.offloading.pricing.externality import learn
from aigcbench.problems.offloading.pricing.ladder import BINS, climb, record, room_left, threshold
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


class SacrificeLadder(Policy):
    """Sends the largest tasks to stations that are given up, one until it is full, and the others where they delay least.

    A station is full when what waits there lasts for about the rest of the episode. How large a task must be follows from the work
    seen so far: the others' work has to be what the stations left can serve. Without overload no station is given up.

    The defaults come from ``aigcbench tune sacrifice-ladder offloading/paper offloading/mixed --param start=1.1 --seeds 20
    --generations 10``.
    """

    name = "sacrifice-ladder"
    family = "heuristic"
    formulations = ("offloading",)
    information = "informed"
    reference = "Size-based routing under overload, cf. Harchol-Balter, Crovella and Murta, On choosing a task assignment policy for a distributed server system, 1999"

    start: float = parameter(
        1.1, "load, as a share of what the stations left serve, from which one is given up", minimum=0.9, maximum=1.4
    )
    fill: float = parameter(
        1.305, "work for the stations left in a slot, as a share of what they serve", minimum=0.8, maximum=1.8
    )
    drain: float = parameter(1.26, "share of their backlog that is taken off it", minimum=0, maximum=2.5)
    last: float = parameter(
        1.834,
        "what is added to that share in the last slot, half of it in the last but one, and so on",
        minimum=0,
        maximum=4,
    )
    reach: float = parameter(1.477, "slots of work that fill a station, per slot left", minimum=0.3, maximum=5)
    excess: float = parameter(
        47.87, "slots of work added to that, times the share of the load that is too much", minimum=0, maximum=120
    )
    weight: float = parameter(
        1.74, "how much the delay counts that a task causes to others of its slot", minimum=0, maximum=4
    )

    def reset(self, context, rng):
        settings = [self.start, self.fill, self.drain, self.last, self.reach, self.excess, self.weight]
        own = [*settings, context["max_work_gcycles"]]
        self.memory = new_memory(context, own, rows=5, head=HEAD + BINS)
        self.memory[LATEST] = -1.0

    def act(self, observation):
        return decide(observation.vector, 0.0, self.memory)

    def compiled(self):
        return compile_decide(decide), self.memory


START, FILL, DRAIN, LAST, REACH, EXCESS, WEIGHT, MAX_WORK, THRESHOLD, TOTAL, CELL, LATEST, FULL = range(OWN, OWN + 13)
RATE = 0.2  # of the mean number of tasks per slot
FIRST_CELLS = 3.0  # stations heard of before the load counts as known


def decide(vector, reward, memory):
    """`SacrificeLadder.act`; rows of the memory: served, placed and sent in this slot, mean sent, 1 where given up."""
    rows, histogram = rows_of(memory, HEAD + BINS), memory[HEAD : HEAD + BINS]
    served, placed, sent, mean_sent, given_up = rows[SERVED], rows[1], rows[2], rows[3], rows[4]
    slot, home, work, stations = vector[int(memory[SLOT])], vector[int(memory[HOME])], vector[1], rows.shape[1]
    if slot != memory[CURRENT]:
        if memory[CURRENT] >= 0:
            learn(mean_sent, sent, RATE if memory[CURRENT] > 0 else 1.0)
        placed[:] = 0.0
        memory[CURRENT] = slot
    queue, delay = vector[int(memory[QUEUE]) :], vector[int(memory[DELAY]) :]
    left, cells = memory[SLOTS] - 1.0 - slot, slot * stations + home
    if cells != memory[CELL] and cells >= FIRST_CELLS:
        memory[CELL], load, backlog = cells, memory[TOTAL] * stations / cells, queue[:stations] + placed
        memory[FULL] = memory[REACH] * left + memory[EXCESS] * max(load / served.sum() - 1.0, 0.0)
        memory[LATEST] = climb(load / memory[START], memory[FULL], backlog, served, given_up, int(memory[LATEST]))
        fill = memory[FILL] + memory[LAST] / (left + 1.0)
        room = room_left(backlog, served, given_up, home / stations, fill, memory[DRAIN])
        memory[THRESHOLD] = threshold(histogram, stations / cells, room, memory[MAX_WORK])
    climbing = memory[LATEST] >= 0.0
    large = climbing and work >= memory[THRESHOLD]
    rest, best, least = 1.0 - (home + 0.5) / stations, 0, 1e300
    for b in range(stations):
        if climbing and (given_up[b] > 0.0) != large:
            continue
        cost = delay[b] + (0.0 if large else memory[WEIGHT] * mean_sent[b] * rest * work / served[b])
        if cost < least:
            best, least = b, cost
    placed[best] += work
    sent[best] += 1.0
    memory[TOTAL] += work
    record(histogram, work, memory[MAX_WORK])
    if large and queue[best] + placed[best] > memory[FULL] * served[best]:
        memory[CELL] = -1.0  # the next task looks for another station to give up
    return best
