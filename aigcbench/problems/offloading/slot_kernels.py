"""Whole slots of the offloading simulator at once: what stations see at its start, and the placement of all its tasks."""

from aigcbench.problems.offloading.simulator import kernel, step


@kernel
def observe_slot(s, observations, mask):  # type: ignore[no-untyped-def]
    """Write the observation of every task of each episode's slot, float32 (N, B, M, D), and ``mask`` (N, B, M) where there is one.

    The slot is the one of the current task, which must be its first. D is 2 + B (paper) or 5 + B (online, stale queues).
    """
    episodes, stations, _, length = observations.shape
    for n in range(episodes):
        j, first_cell = s.current[n], s.cell[n] - s.cell[n] % stations
        scale = s.scale[n]
        for b in range(stations):
            for i in range(s.counts[n, first_cell + b]):
                entry = observations[n, b, i]
                mask[n, b, i] = True
                entry[0] = s.data[n, j] / scale[0]
                entry[1] = s.work[n, j] / scale[1]
                for other in range(stations):
                    entry[2 + other] = s.queue[n, other] / scale[2 + other]
                k = 2 + stations
                if k < length:
                    entry[k] = s.result[n, j] / scale[k]
                    entry[k + 1] = first_cell // stations / scale[k + 1]
                    entry[k + 2] = b / scale[k + 2]
                j += 1


@kernel
def place_slot(s, actions, delays):  # type: ignore[no-untyped-def]
    """Place all tasks of each episode's slot by ``actions`` (N, B, M) in the order of service; fill ``delays`` (N, B, M), s."""
    episodes, stations = actions.shape[0], actions.shape[1]
    for n in range(episodes):
        first_cell = s.cell[n] - s.cell[n] % stations
        for b in range(stations):
            for i in range(s.counts[n, first_cell + b]):
                delays[n, b, i] = -step(s, n, actions[n, b, i])
