"""The offloading simulator: numba kernels over arrays of N episodes.

One step is: the current task is placed on a station, waits there for what was placed before it, and the next task comes; after
the last task of a slot every queue has been served for the length of a slot. All state is in one named tuple of arrays, so that
one episode, a batch and a population are the same code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from aigcbench.instance import Instance

# Kernels allocate nothing, so they do without numba's reference counts (a step reads many arrays), and divide without a check
# for zero (capacities, rates and scales are above 0), which lets the loops be vectorised.
KERNEL_OPTIONS: dict[str, Any] = {"cache": True, "_nrt": False, "error_model": "numpy"}
kernel: Any = njit(**KERNEL_OPTIONS)


class State(NamedTuple):
    """N episodes of B stations, up to J tasks in S slots; observation vectors of length D."""

    capacity: np.ndarray  # (N, B) float64, Gcycles/s
    rate: np.ndarray  # (N, B) float64, Mbit/s
    served: np.ndarray  # (N, B) float64, Gcycles that a station serves in a slot
    counts: np.ndarray  # (N, S * B) int64, tasks of each slot and station: the cells
    data: np.ndarray  # (N, J) float64, Mbit
    work: np.ndarray  # (N, J) float64, Gcycles
    result: np.ndarray  # (N, J) float64, Mbit
    n_tasks: np.ndarray  # (N,) int64
    live: np.ndarray  # (1,) bool, whether the observation holds the work placed in this slot
    scale: np.ndarray  # (N, D) float64, divides the observation
    vector: np.ndarray  # (N, D) float64, the observation
    current: np.ndarray  # (N,) int64, index of the current task
    cell: np.ndarray  # (N,) int64, slot * B + station at which the current task arrived
    left: np.ndarray  # (N,) int64, tasks of the cell from the current one on
    queue: np.ndarray  # (N, B) float64, Gcycles at the start of the slot
    before: np.ndarray  # (N, B) float64, Gcycles placed in the slot
    total_delay: np.ndarray  # (N,) float64, s, of the tasks placed so far


def empty_state(n: int, sizes: tuple[int, int, int], length: int, live: bool = False) -> State:
    """State for ``n`` episodes of ``sizes`` = (B, S, J), to be filled by `load_episode`."""
    b, s, j = sizes
    ints, floats = (lambda *shape: np.zeros(shape, np.int64)), (lambda *shape: np.zeros(shape))
    return State(
        capacity=floats(n, b), rate=floats(n, b), served=floats(n, b), counts=ints(n, s * b), data=floats(n, j),
        work=floats(n, j), result=floats(n, j), n_tasks=ints(n), live=np.array([live]), scale=np.ones((n, length)),
        vector=floats(n, length), current=ints(n), cell=ints(n), left=ints(n), queue=floats(n, b), before=floats(n, b),
        total_delay=floats(n),
    )  # fmt: skip


def load_episode(state: State, n: int, parameters: Any, arrays: Any, scale: np.ndarray | None = None) -> None:
    """Put an instance's scalars and arrays into slot ``n``; ``scale`` divides the observation (None: physical units)."""
    load_stations(state, n, parameters, arrays)
    count = len(arrays["task_work"])
    state.counts[n] = arrays["slot_tasks"].ravel()
    for name in ("data", "work", "result"):
        getattr(state, name)[n, :count] = arrays[f"task_{name}"]
    state.n_tasks[n] = count
    if scale is not None:
        state.scale[n] = scale[: state.scale.shape[1]]
    restart(state, n)


def load_stations(state: State, n: int, parameters: Any, arrays: Any) -> None:
    """Put what lasts beyond a slot into episode ``n``: the stations."""
    state.capacity[n] = arrays["station_capacity"]
    state.rate[n] = arrays["station_rate"]
    state.served[n] = arrays["station_capacity"] * parameters["slot_s"]


def sizes_of(instance: Instance) -> tuple[int, int, int]:
    """(B, S, J) of an instance."""
    slots, stations = instance["slot_tasks"].shape
    return stations, slots, len(instance["task_work"])


def single_state(instance: Instance, length: int) -> State:
    """State of one episode of an instance, at its first task, in physical units."""
    state = empty_state(1, sizes_of(instance), length, bool(instance.parameters["live_queues"]))
    load_episode(state, 0, instance.parameters, instance.arrays)
    return state


@kernel
def restart(s, n):
    """Put episode ``n`` at its first task with every queue empty."""
    s.current[n] = 0
    s.cell[n] = 0
    s.left[n] = s.counts[n, 0]
    s.queue[n] = 0.0
    s.before[n] = 0.0
    s.total_delay[n] = 0.0
    _observe_queues(s, n)
    _enter_cell(s, n)
    _observe_task(s, n)


@kernel
def _enter_cell(s, n):
    """Move to the next slot and station with a task, serving every queue at each end of a slot."""
    stations = s.capacity.shape[1]
    while s.left[n] == 0:
        s.cell[n] += 1
        s.left[n] = s.counts[n, s.cell[n]]
        if s.cell[n] % stations == 0:
            end_slot(s, n)


@kernel
def end_slot(s, n):
    """Serve every queue for the length of a slot: ``q = max(q + placed - f D, 0)`` (eq. 4)."""
    for b in range(s.capacity.shape[1]):
        s.queue[n, b] = max(s.queue[n, b] + s.before[n, b] - s.served[n, b], 0.0)
        s.before[n, b] = 0.0
    _observe_queues(s, n)


@kernel
def enter_slot(s, n, slot):
    """Begin a slot whose tasks have been put into the first places of ``data``, ``work``, ``result`` and of which there is one."""
    s.current[n] = 0
    s.cell[n] = slot * s.capacity.shape[1]
    s.left[n] = s.counts[n, s.cell[n]]
    _enter_cell(s, n)
    _observe_task(s, n)


@kernel
def _observe_queues(s, n):
    """Write the queues at the start of a slot, and where it is live the work placed since: none."""
    stations, length = s.capacity.shape[1], s.vector.shape[1]
    if length == 0:
        return
    for b in range(stations):
        s.vector[n, 2 + b] = s.queue[n, b] / s.scale[n, 2 + b]
    if s.live[0] and length > 5 + stations:
        for b in range(stations):
            s.vector[n, 5 + stations + b] = 0.0


@kernel
def delay_of(s, n, j, home, b):
    """Delay of task ``j`` of station ``home`` on station ``b`` after all that is placed so far, s (eqs. 2 and 3)."""
    delay = s.work[n, j] / s.capacity[n, b] + s.result[n, j] / s.rate[n, b]
    if b != home:
        delay += s.data[n, j] / s.rate[n, b]
    return delay + (s.queue[n, b] + s.before[n, b]) / s.capacity[n, b]


@kernel
def _observe_task(s, n):
    """Write the current task, and where the vector is long enough its origin and its exact delay on every station."""
    length, stations = s.vector.shape[1], s.capacity.shape[1]
    if length == 0:
        return
    j = s.current[n]
    vector, scale = s.vector[n], s.scale[n]
    vector[0] = s.data[n, j] / scale[0]
    vector[1] = s.work[n, j] / scale[1]
    k = 2 + stations
    if k == length:
        return
    home = s.cell[n] % stations
    vector[k] = s.result[n, j] / scale[k]
    vector[k + 1] = s.cell[n] // stations / scale[k + 1]
    vector[k + 2] = home / scale[k + 2]
    k += 3
    if s.live[0]:
        k += stations
    if k < length:
        _observe_delays(s, n, j, home, vector[k:], scale[k:])


@kernel
def _observe_delays(s, n, j, home, delay, scale):
    """Write what task ``j`` would wait on every station; written out, so that the loop is vectorised."""
    data, work, result = s.data[n, j], s.work[n, j], s.result[n, j]
    capacity, rate, queue, before = s.capacity[n], s.rate[n], s.queue[n], s.before[n]
    for b in range(len(delay)):
        sent = work / capacity[b] + result / rate[b] + data / rate[b]
        delay[b] = (sent + (queue[b] + before[b]) / capacity[b]) / scale[b]
    delay[home] = delay_of(s, n, j, home, home) / scale[home]


@kernel
def step(s, n, action):
    """Place the current task on station ``action``, move to the next task, return the reward: minus the delay, s."""
    j = s.current[n]
    stations, length = s.capacity.shape[1], s.vector.shape[1]
    delay = delay_of(s, n, j, s.cell[n] % stations, action)
    s.total_delay[n] += delay
    s.before[n, action] += s.work[n, j]
    if s.live[0] and length > 5 + stations:
        k = 5 + stations + action
        s.vector[n, k] = s.before[n, action] / s.scale[n, k]
    s.current[n] = j + 1
    s.left[n] -= 1
    if j + 1 < s.n_tasks[n]:
        if s.left[n] == 0:
            _enter_cell(s, n)
        _observe_task(s, n)
    return -delay


@kernel
def replay(s, n, actions, rewards):
    """Play a whole sequence of legal actions (J,) from the start; fill ``rewards`` (J,), s; return the mean delay, s."""
    restart(s, n)
    for j in range(s.n_tasks[n]):
        rewards[j] = step(s, n, actions[j])
    return s.total_delay[n] / s.n_tasks[n]


@kernel
def evaluate(s, population, scores):
    """Minus the mean delay (s) of each row of ``population`` (P, J) on the episode in slot 0, into ``scores`` (P,)."""
    for p in range(population.shape[0]):
        restart(s, 0)
        for j in range(s.n_tasks[0]):
            step(s, 0, population[p, j])
        scores[p] = -s.total_delay[0] / s.n_tasks[0]


@kernel
def place_greedily(s, delay_start, decisions):
    """Send each task of slot 0 where the informed observation, from entry ``delay_start`` on, shows the least delay.

    Fills ``decisions`` (J,); ties go to the lowest index.
    """
    for j in range(s.n_tasks[0]):
        delay, best = s.vector[0, delay_start:], 0
        for b in range(1, len(delay)):
            if delay[b] < delay[best]:
                best = b
        decisions[j] = best
        step(s, 0, best)


def fitness(instance: Instance) -> Callable[[np.ndarray], np.ndarray]:
    """A function from a population (P x J, legal int64 actions) to minus the mean delays (P,), s."""
    state = single_state(instance, 0)

    def scores(population: np.ndarray) -> np.ndarray:
        result = np.empty(len(population))
        evaluate(state, np.ascontiguousarray(population, dtype=np.int64), result)
        return result

    return scores


@kernel
def step_batch(s, actions, rewards, ended):
    """Step each episode with its legal action (N,); fill ``rewards`` (N,) and ``ended`` (N,) bool."""
    for n in range(s.current.shape[0]):
        rewards[n] = step(s, n, actions[n])
        ended[n] = s.current[n] == s.n_tasks[n]
