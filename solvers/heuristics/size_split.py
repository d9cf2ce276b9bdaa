"""Small and large tasks to servers of their own."""

from aigcbench.optimization.compilation import compile_decide
from aigcbench.problems.offloading.pricing.groups import stations_for_large
from aigcbench.problems.offloading.pricing.ladder import BINS, record, room_left, threshold
from aigcbench.problems.offloading.pricing.memory import (
    CURRENT,
    DELAY,
    HEAD,
    HOME,
    OWN,
    QUEUE,
    SERVED,
    SLOT,
    new_memory,
    rows_of,
)
from aigcbench.solver import Policy, parameter


class SizeSplit(Policy):
    """Sends tasks above a size to a group of the fastest stations, all others to the rest, in each where the delay is least.

    The size follows from the work seen so far: the smaller tasks' work has to be what their group can serve, and no more than its
    share. So in overload many small tasks wait little and a few large ones long.

    The defaults are the best of a grid on the training instances 0 and 1 of offloading/paper and offloading/paper-code, where the mean
    is flat around them; ``aigcbench tune size-split offloading/paper offloading/paper-code`` starts from them.
    """

    name = "size-split"
    version = 2
    family = "heuristic"
    formulations = ("offloading",)
    information = "informed"
    reference = "Harchol-Balter, Crovella and Murta, On choosing a task assignment policy for a distributed server system, J. Parallel Distrib. Comput. 59, 1999 (SITA)"

    capacity: float = parameter(
        0.55, "capacity of the stations for large tasks, as a share of all", minimum=0, maximum=1
    )
    fill: float = parameter(
        1.2, "work for the others in a slot, as a share of what they serve", minimum=0.8, maximum=1.8
    )
    drain: float = parameter(1.0, "share of their backlog that is taken off it", minimum=0, maximum=2.5)

    def reset(self, context, rng):
        capacity = context["station_capacity"]
        group = stations_for_large(capacity, self.capacity)
        small = float((1.0 - group) @ capacity / capacity.sum())
        own = [self.fill, self.drain, small, context["max_work_gcycles"]]
        self.memory = new_memory(context, own, rows=3, head=HEAD + BINS)
        self.memory[CELL] = -1.0
        rows_of(self.memory, HEAD + BINS)[2] = group

    def act(self, observation):
        return decide(observation.vector, 0.0, self.memory)

    def compiled(self):
        return compile_decide(decide), self.memory


FILL, DRAIN, SMALL, MAX_WORK, THRESHOLD, TOTAL, CELL = range(OWN, OWN + 7)
FIRST_CELLS = 3.0  # stations heard of before the sizes of tasks count as known; until then all tasks share all stations


def decide(vector, reward, memory):
    """`SizeSplit.act`; rows of the memory: served, placed in this slot, 1 for the stations of large tasks."""
    rows, histogram = rows_of(memory, HEAD + BINS), memory[HEAD : HEAD + BINS]
    served, placed, group = rows[SERVED], rows[1], rows[2]
    slot, home, work, stations = vector[int(memory[SLOT])], vector[int(memory[HOME])], vector[1], rows.shape[1]
    if slot != memory[CURRENT]:
        placed[:] = 0.0
        memory[CURRENT] = slot
    queue, delay, cells = vector[int(memory[QUEUE]) :], vector[int(memory[DELAY]) :], slot * stations + home
    split = cells >= FIRST_CELLS and memory[SMALL] > 0.0
    if split and cells != memory[CELL]:
        per_slot = stations / cells
        room = room_left(queue[:stations] + placed, served, group, home / stations, memory[FILL], memory[DRAIN])
        target = min(room, memory[SMALL] * memory[TOTAL] * per_slot)
        memory[CELL], memory[THRESHOLD] = cells, threshold(histogram, per_slot, target, memory[MAX_WORK])
    large, best, least = work >= memory[THRESHOLD], 0, 1e300
    for b in range(stations):
        if split and (group[b] > 0.0) != large:
            continue
        if delay[b] < least:
            best, least = b, delay[b]
    placed[best] += work
    memory[TOTAL] += work
    record(histogram, work, memory[MAX_WORK])
    return best
