"""Levels the queues that are seen with what a slot is expected to bring."""

from aigcbench.optimization.compilation import compile_decide
from aigcbench.problems.offloading.pricing.blind import drawn, fill_water, mean_load
from aigcbench.problems.offloading.pricing.memory import CURRENT, HEAD, OWN, QUEUE, SERVED, SLOT, new_memory, rows_of
from aigcbench.solver import Policy, parameter


class WaterFilling(Policy):
    """Draws stations in the proportions that level the queues by the end of the slot, with the work that slots bring on average.

    All stations see the same queues and so find the same proportions; together they fill the lowest queues like water. Draws are
    even: a golden-ratio sequence with a random start.
    """

    name = "water-filling"
    family = "heuristic"
    formulations = ("offloading",)
    information = "online"
    reference = "Water-filling on stale queues: Mitzenmacher, How useful is old information, IEEE TPDS 2000"

    ahead: float = parameter(
        1.0, "work that is poured on the queues, as a share of what a slot brings on average", minimum=0.2, maximum=3
    )

    def reset(self, context, rng):
        self.memory = new_memory(context, [self.ahead, rng.random()], rows=4)
        rows = rows_of(self.memory, HEAD)
        rows[2] = rows[SERVED]

    def act(self, observation):
        return decide(observation.vector, 0.0, self.memory)

    def compiled(self):
        return compile_decide(decide), self.memory


AHEAD, DRAW, LOAD = OWN, OWN + 1, OWN + 2


def decide(vector, reward, memory):
    """`WaterFilling.act`; rows of the memory: served, queues of the latest slot, shares of this slot's work, zeros."""
    rows = rows_of(memory, HEAD)
    served, latest_queue, shares = rows[SERVED], rows[1], rows[2]
    slot, start = vector[int(memory[SLOT])], int(memory[QUEUE])
    queue = vector[start : start + len(served)]
    if slot != memory[CURRENT]:
        if memory[CURRENT] >= 0:
            memory[LOAD] = mean_load(memory[LOAD], queue, latest_queue, served, slot, memory[CURRENT])
            fill_water(queue, served, rows[3], 0.0, memory[AHEAD] * memory[LOAD], shares)
        latest_queue[:] = queue
        memory[CURRENT] = slot
    return drawn(memory[DRAW : DRAW + 1], 0, shares)
