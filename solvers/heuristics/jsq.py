"""Join the shortest queue, as far as a station of its own can know it."""

import numpy as np

from aigcbench.optimization.compilation import compile_decide
from aigcbench.solver import Policy, parameter


class JoinShortestQueue(Policy):
    """Sends every task where its delay would be least by the queues at the start of the slot and the station's own placements since.

    All stations see the same queues and would all run to the same server, so own placements also stand for those of the others.
    Where the scenario shows the work placed by all, that counts instead.
    """

    name = "jsq"
    family = "heuristic"
    formulations = ("offloading",)
    information = "online"
    reference = "Winston, Optimality of the shortest line discipline, J. Appl. Prob. 14, 1977; stale queues: Mitzenmacher, How useful is old information, IEEE TPDS 2000"

    alike: float = parameter(
        1.0, "share of the other stations taken to place as this one does; 0: own placements count once", minimum=0
    )

    def reset(self, context, rng):
        self.layout = context.layout
        self.capacity, self.rate = context["station_capacity"], context["station_rate"]
        self.live = context["live_queues"]
        self.stations = np.arange(context.n_actions)
        self.weight = 1.0 + self.alike * (context.n_agents - 1)
        self.slot, self.placed = 0.0, np.zeros(context.n_actions)

    def act(self, observation):
        if observation.slot != self.slot:
            self.slot, self.placed[...] = observation.slot, 0.0
        since = observation.before if self.live else self.weight * self.placed
        sent = observation.task_result + np.where(self.stations == observation.station, 0.0, observation.task_data)
        waiting = observation.queue + since + observation.task_work
        station = int((waiting / self.capacity + sent / self.rate).argmin())
        self.placed[station] += observation.task_work
        return station

    def compiled(self):
        names = (
            "task_data",
            "task_work",
            "task_result",
            "slot",
            "station",
            "queue",
            *(("before",) if self.live else ()),
        )
        starts = [self.layout[name].start for name in names]
        live = starts[6] if self.live else -1
        head = [*starts[:6], live, self.weight, self.slot]
        return compile_decide(decide), np.concatenate([head, self.capacity, self.rate, self.placed])


def decide(vector, reward, state):
    """`JoinShortestQueue.act`; state: where the parts of the observation lie (-1: nothing live), weight, slot, then per station
    capacity, rate and own placements of the slot."""
    data, work, result = vector[int(state[0])], vector[int(state[1])], vector[int(state[2])]
    slot, home, live, weight = vector[int(state[3])], vector[int(state[4])], int(state[6]), state[7]
    stations = (len(state) - 9) // 3
    capacity, rate, placed = state[9 : 9 + stations], state[9 + stations : 9 + 2 * stations], state[9 + 2 * stations :]
    if slot != state[8]:
        state[8] = slot
        placed[:] = 0.0
    queue = vector[int(state[5]) :]
    best, least = 0, np.inf
    for b in range(stations):
        since = vector[live + b] if live >= 0 else weight * placed[b]
        sent = result + (0.0 if b == home else data)
        delay = (queue[b] + since + work) / capacity[b] + sent / rate[b]
        if delay < least:
            best, least = b, delay
    placed[best] += work
    return best
