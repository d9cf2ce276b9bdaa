"""The assignment simulator: numba kernels over arrays of N episodes.

One step is: the current task goes to a service (or is rejected), a server that overflows crashes, the clock moves to the next
arrival, and tasks that end by then free their steps. Completions at the instant of an arrival come before it. A task runs equally
long on every server, so the order in which tasks end is known before the first decision: it is sorted once. All state is in one
named tuple of arrays, so that one episode, a batch and a population are the same code.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from aigcbench.errors import InvalidDecisions
from aigcbench.instance import Instance
from aigcbench.problems.assignment import model

NONE = -1
RUNNING, LOST, SERVED = 1, 2, 3  # task status; 0: not placed

# Kernels allocate nothing, so they do without numba's reference counts (ten times the speed: a step reads many arrays), and
# divide without a check for zero (run times and scales are above 0), which lets the loops be vectorised.
KERNEL_OPTIONS: dict[str, Any] = {"cache": True, "_nrt": False, "error_model": "numpy"}
kernel: Any = njit(**KERNEL_OPTIONS)


class State(NamedTuple):
    """N episodes of E servers, I services, K types, up to J tasks; observation vectors of length D."""

    capacity: np.ndarray  # (N, E) int64, steps
    service_server: np.ndarray  # (I,) int64
    line: np.ndarray  # (N, 4, I) float64: ax, bx, rise = by - ay, slope = rise / (bx - ax)
    quality: np.ndarray  # (N, K, I) float64, already times beta
    arrival: np.ndarray  # (N, J) float64, s
    steps: np.ndarray  # (N, J) int64
    runtime: np.ndarray  # (N, J) float64, s
    type: np.ndarray  # (N, J) int64
    n_tasks: np.ndarray  # (N,) int64
    penalty: np.ndarray  # (N,) float64, P
    scale: np.ndarray  # (N, D) float64, divides the observation
    vector: np.ndarray  # (N, D) float64, the observation
    current: np.ndarray  # (N,) int64, index of the current task
    used: np.ndarray  # (N, E) int64, steps
    first: np.ndarray  # (N, E) int64, first running task of each server's linked list
    following: np.ndarray  # (N, J) int64
    preceding: np.ndarray  # (N, J) int64
    server: np.ndarray  # (N, J) int64, where each task went
    status: np.ndarray  # (N, J) int64
    finish_order: np.ndarray  # (N, J) int64, all tasks by the time at which they end if they run
    next_finish: np.ndarray  # (N,) int64, index into finish_order of the first one that is still to come
    crashes: np.ndarray  # (N, E) int64
    utility: np.ndarray  # (N,) float64, sum over tasks that have not crashed
    gain: np.ndarray  # (N, J) float64, utility of each placed task


def empty_state(n: int, sizes: tuple[int, int, int, int], service_server: np.ndarray, length: int) -> State:
    """State for ``n`` episodes of ``sizes`` = (E, I, K, J), to be filled by `load_episode`."""
    e, i, k, j = sizes
    ints, floats = (lambda *s: np.zeros(s, np.int64)), (lambda *s: np.zeros(s))
    return State(
        capacity=ints(n, e), service_server=np.array(service_server), line=floats(n, 4, i), quality=floats(n, k, i),
        arrival=floats(n, j), steps=ints(n, j), runtime=floats(n, j), type=ints(n, j), n_tasks=ints(n), penalty=floats(n),
        scale=np.ones((n, length)), vector=floats(n, length), current=ints(n), used=ints(n, e), first=ints(n, e),
        following=ints(n, j), preceding=ints(n, j), server=ints(n, j), status=ints(n, j), finish_order=ints(n, j), next_finish=ints(n),
        crashes=ints(n, e), utility=floats(n), gain=floats(n, j),
    )  # fmt: skip


def load_episode(state: State, n: int, parameters: Any, arrays: Any, scale: np.ndarray | None = None) -> None:
    """Put an instance's scalars and arrays into slot ``n``; ``scale`` divides the observation (None: physical units)."""
    count = len(arrays["task_arrival"])
    state.capacity[n] = arrays["server_capacity"]
    ax, ay, bx, by = arrays["utility_line"].T
    state.line[n] = ax, bx, by - ay, (by - ay) / (bx - ax)
    state.quality[n] = parameters["quality_weight"] * arrays["type_quality"].T
    for name in ("arrival", "steps", "runtime", "type"):
        getattr(state, name)[n, :count] = arrays[f"task_{name}"]
    ends = arrays["task_arrival"] + arrays["task_runtime"]
    state.finish_order[n, :count] = np.argsort(ends, kind="stable")
    state.n_tasks[n] = count
    state.penalty[n] = parameters["crash_penalty"]
    if scale is not None:
        state.scale[n] = scale[: state.scale.shape[1]]
    restart(state, n)


def sizes_of(instance: Instance) -> tuple[int, int, int, int]:
    """(E, I, K, J) of an instance."""
    services, types = instance["type_quality"].shape
    return len(instance["server_capacity"]), services, types, len(instance["task_arrival"])


def single_state(instance: Instance, length: int) -> State:
    """State of one episode of an instance, at its first task, in physical units."""
    state = empty_state(1, sizes_of(instance), instance["service_server"], length)
    load_episode(state, 0, instance.parameters, instance.arrays)
    return state


@kernel
def restart(s, n):
    """Put episode ``n`` at its first task with every server empty."""
    s.current[n] = 0
    s.next_finish[n] = 0
    s.utility[n] = 0.0
    s.used[n] = 0
    s.first[n] = NONE
    s.crashes[n] = 0
    s.status[n] = 0
    _observe_task(s, n)
    types = s.quality.shape[1]
    base = (types if types > 1 else 0) + 2
    for e in range(s.capacity.shape[1]):
        if s.vector.shape[1] > base + 2 * e + 1:
            s.vector[n, base + 2 * e] = s.capacity[n, e] / s.scale[n, base + 2 * e]
        _observe_server(s, n, e)


@kernel
def _line(steps, ax, bx, rise, slope):
    """The piecewise line of a service at ``steps``; without early returns, so that a loop over services is vectorised."""
    line = slope * (steps - ax)
    if steps < ax:
        line = 0.0
    if steps > bx:
        line = rise
    return line


@kernel
def utility_of(s, n, i, j):
    """Utility of task ``j`` on service ``i``: weighted quality plus the piecewise line (spec, section 1)."""
    line = _line(s.steps[n, j], s.line[n, 0, i], s.line[n, 1, i], s.line[n, 2, i], s.line[n, 3, i])
    return s.quality[n, s.type[n, j], i] + line


@kernel
def _observe_utilities(s, n, j, start):
    """Write what task ``j`` would yield on every service from entry ``start`` on."""
    utility, scale = s.vector[n, start:], s.scale[n, start:]
    steps, quality = s.steps[n, j], s.quality[n, s.type[n, j]]
    ax, bx, rise, slope = s.line[n, 0], s.line[n, 1], s.line[n, 2], s.line[n, 3]
    for i in range(len(utility)):
        utility[i] = (quality[i] + _line(steps, ax[i], bx[i], rise[i], slope[i])) / scale[i]


@kernel
def _observe_server(s, n, e):
    types = s.quality.shape[1]
    k = (types if types > 1 else 0) + 3 + 2 * e
    if k < s.vector.shape[1]:
        s.vector[n, k] = (s.capacity[n, e] - s.used[n, e]) / s.scale[n, k]


@kernel
def _observe_task(s, n):
    """Write the current task, the clock, and where the vector is long enough its utilities."""
    length = s.vector.shape[1]
    if length == 0:
        return
    j = s.current[n]
    types = s.quality.shape[1]
    k = 0
    if types > 1:
        for t in range(types):
            s.vector[n, t] = 0.0
        s.vector[n, s.type[n, j]] = 1.0
        k = types
    s.vector[n, k] = s.steps[n, j] / s.scale[n, k]
    s.vector[n, k + 1] = s.runtime[n, j] / s.scale[n, k + 1]
    k += 2 + 2 * s.capacity.shape[1]
    if k < length:
        s.vector[n, k] = s.arrival[n, j] / s.scale[n, k]
    if k + 1 < length:
        _observe_utilities(s, n, j, k + 1)


@kernel
def _place(s, n, e, j):
    """Let task ``j`` run on server ``e``."""
    s.used[n, e] += s.steps[n, j]
    old = s.first[n, e]
    s.following[n, j] = old
    s.preceding[n, j] = NONE
    if old != NONE:
        s.preceding[n, old] = j
    s.first[n, e] = j
    s.status[n, j] = RUNNING


@kernel
def _finish_until(s, n, now):
    """Free the steps of every task with arrival + run time <= now."""
    while s.next_finish[n] < s.n_tasks[n]:
        j = s.finish_order[n, s.next_finish[n]]
        if j >= s.current[n] or s.arrival[n, j] + s.runtime[n, j] > now:
            return
        s.next_finish[n] += 1
        if s.status[n, j] != RUNNING:
            continue
        s.status[n, j] = SERVED
        e = s.server[n, j]
        s.used[n, e] -= s.steps[n, j]
        before, after = s.preceding[n, j], s.following[n, j]
        if before == NONE:
            s.first[n, e] = after
        else:
            s.following[n, before] = after
        if after != NONE:
            s.preceding[n, after] = before
        _observe_server(s, n, e)


@kernel
def _crash(s, n, e, now):
    """Lose every running task of server ``e``; return the penalty P (1 + sum of what each had left)."""
    left = 1.0
    j = s.first[n, e]
    while j != NONE:
        left += 1.0 - (now - s.arrival[n, j]) / s.runtime[n, j]
        s.status[n, j] = LOST
        s.utility[n] -= s.gain[n, j]
        j = s.following[n, j]
    s.first[n, e] = NONE
    s.used[n, e] = 0
    s.crashes[n, e] += 1
    return s.penalty[n] * left


@kernel
def step(s, n, action):
    """Send the current task to service ``action`` (-1: reject), move to the next arrival, return the reward."""
    j = s.current[n]
    now = s.arrival[n, j]
    reward = 0.0
    s.server[n, j] = NONE
    if action != NONE:
        e = s.service_server[action]
        s.server[n, j] = e
        if s.used[n, e] + s.steps[n, j] > s.capacity[n, e]:
            reward = -_crash(s, n, e, now)
            s.status[n, j] = LOST
        else:
            reward = utility_of(s, n, action, j)
            s.gain[n, j] = reward
            s.utility[n] += reward
            _place(s, n, e, j)
        _observe_server(s, n, e)
    s.current[n] = j + 1
    if j + 1 < s.n_tasks[n]:
        _finish_until(s, n, s.arrival[n, j + 1])
        _observe_task(s, n)
    return reward


@kernel
def replay(s, n, actions, rewards):
    """Play a whole sequence of legal actions (J,) from the start; fill ``rewards`` (J,); return the utility."""
    restart(s, n)
    for j in range(s.n_tasks[n]):
        rewards[j] = step(s, n, actions[j])
    return s.utility[n]


@kernel
def evaluate(s, population, utilities):
    """Utility of each row of ``population`` (P, J) on the episode in slot 0, into ``utilities`` (P,)."""
    for p in range(population.shape[0]):
        restart(s, 0)
        for j in range(s.n_tasks[0]):
            step(s, 0, population[p, j])
        utilities[p] = s.utility[0]


def fitness(instance: Instance) -> Callable[[np.ndarray], np.ndarray]:
    """A function from a population (P x J, legal int64 actions) to utilities (P,)."""
    state = single_state(instance, 0)

    def utilities(population: np.ndarray) -> np.ndarray:
        result = np.empty(len(population))
        evaluate(state, np.ascontiguousarray(population, dtype=np.int64), result)
        return result

    return utilities


@njit
def _run(s, decide, policy_state, lowest, decisions):
    """Let a compiled policy decide every task of slot 0; return the index of its first illegal action, or -1."""
    reward, vector = 0.0, s.vector[0]
    for j in range(s.n_tasks[0]):
        action = decide(vector, reward, policy_state)
        decisions[j] = action
        if action < lowest or action >= s.service_server.shape[0]:
            return j
        reward = step(s, 0, action)
    return -1


def run_compiled(instance: Instance, information: str, decide: Any, policy_state: np.ndarray) -> dict[str, np.ndarray]:
    """Run ``decide(observation, reward of the last decision, state) -> action`` inside the kernel; see `Problem`."""
    state = single_state(instance, model.layout_of(instance).lengths[information])
    decisions = np.zeros(len(instance["task_arrival"]), np.int64)
    lowest = -1 if instance.parameters["reject_allowed"] else 0
    illegal = _run(state, decide, np.array(policy_state[0], dtype=np.float64), lowest, decisions)
    if illegal >= 0:
        raise illegal_action(instance, illegal, int(decisions[illegal]))
    return {"service": decisions}


def illegal_action(instance: Instance, task: int, action: int) -> InvalidDecisions:
    """The error for an action that is no service (or a rejection where none is allowed)."""
    count = len(instance["service_server"])
    if action == NONE:
        return InvalidDecisions(
            "rejection", f"task {task}", "-1 (reject)", f"a service 0..{count - 1}: this scenario forbids rejection"
        )
    return InvalidDecisions("service-range", f"task {task}", f"service {action}", f"0..{count - 1}")


class AssignmentEpisode:
    """One episode, stepped from outside; `vector` is the current observation in physical units."""

    def __init__(self, instance: Instance, information: str) -> None:
        self._instance = instance
        self._state = single_state(instance, model.layout_of(instance).lengths[information])
        self._lowest = -1 if instance.parameters["reject_allowed"] else 0
        self._n_services = len(instance["service_server"])
        self._decisions = np.full(len(instance["task_arrival"]), NONE, np.int64)
        self.vector = self._state.vector[0]
        self.done = False
        self.agent = 0
        self._task = 0

    def step(self, action: np.ndarray | int) -> float:
        """Apply an action; see `Episode.step`."""
        chosen = int(action)
        if not self._lowest <= chosen < self._n_services:
            raise illegal_action(self._instance, self._task, chosen)
        self._decisions[self._task] = chosen
        self._task += 1
        self.done = self._task == len(self._decisions)
        return float(step(self._state, 0, chosen))

    def decisions(self) -> dict[str, np.ndarray]:
        """Decisions so far; tasks not reached stand as -1."""
        return {"service": self._decisions.copy()}


@kernel
def step_batch(s, actions, rewards, ended):
    """Step each episode with its legal action (N,); fill ``rewards`` (N,) and ``ended`` (N,) bool."""
    for n in range(s.current.shape[0]):
        rewards[n] = step(s, n, actions[n])
        ended[n] = s.current[n] == s.n_tasks[n]


@cache
def warm_up() -> None:
    """Load or compile what an episode needs, by playing one of a single task."""
    arrays = {
        "server_capacity": np.ones(1, np.int64),
        "utility_line": np.array([[0.0, 0.0, 1.0, 1.0]]),
        "type_quality": np.zeros((1, 1)),
        "task_arrival": np.zeros(1),
        "task_steps": np.ones(1, np.int64),
        "task_runtime": np.ones(1),
        "task_type": np.zeros(1, np.int64),
    }
    state = empty_state(1, (1, 1, 1, 1), np.zeros(1, np.int64), 6)
    load_episode(state, 0, {"quality_weight": 0.0, "crash_penalty": 0.0}, arrays)
    step(state, 0, 0)
