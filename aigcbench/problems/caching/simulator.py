"""The caching simulator: numba kernels over arrays of N episodes of equal sizes.

An episode alternates between one frame decision, which only stores the cache bits, and K slot decisions, whose shares are charged at
once: nothing but the cache is carried from one slot to the next. All state is in one named tuple of arrays, so that one episode and
a batch are the same code. Kernels take legal decisions; `violation` finds what breaks a rule.
"""

from __future__ import annotations

from functools import cache
from math import log10
from typing import Any, NamedTuple

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.caching import model
from aigcbench.problems.caching.model import TOLERANCE
from aigcbench.problems.caching.radio import (
    Radio,
    fixed_delay,
    generation_time,
    kernel,
    radio_of,
    total_variation,
    uplink_delay,
)

FRAME = -1  # the slot of a frame decision
REQUEST = 4  # first entry of the observation after the decision's kind, frame, slot and skewness
LEGAL, CACHE_BIT, STORAGE, BANDWIDTH_MINIMUM, BANDWIDTH_SUM, STEPS_RANGE, STEPS_SUM, STEPS_UNCACHED = range(8)


class Costs(NamedTuple):
    """How a request is charged."""

    delay_weight: float  # alpha
    deadline_penalty: float  # chi
    deadline_s: float  # tau
    total_steps: float  # L


class State(NamedTuple):
    """N episodes of F frames, K slots, U users, M models; observation vectors of length D."""

    radio: np.ndarray  # (N, 6) float64, the entries of `Radio`
    costs: np.ndarray  # (N, 4) float64, the entries of `Costs`
    limits: np.ndarray  # (N, 2) float64: storage in GB, minimum bandwidth share
    storage: np.ndarray  # (N, M) float64, GB
    output: np.ndarray  # (N, M) float64, MB
    quality: np.ndarray  # (N, M, 4) float64
    time: np.ndarray  # (N, M, 2) float64
    skewness: np.ndarray  # (N, F) float64
    request: np.ndarray  # (N, F, K, U) int64
    input: np.ndarray  # (N, F, K, U) float64, MB
    gain: np.ndarray  # (N, F, K, U) float64
    scale: np.ndarray  # (N, D) float64, divides the observation
    vector: np.ndarray  # (N, D) float64, the observation
    cache: np.ndarray  # (N, M) int64, what is cached now
    frame: np.ndarray  # (N,) int64
    slot: np.ndarray  # (N,) int64, FRAME at a frame decision
    total: np.ndarray  # (N, 3) float64, sums over requests: cost, misses, hits


def empty_state(n: int, sizes: tuple[int, int, int, int], length: int) -> State:
    """State for ``n`` episodes of ``sizes`` = (F, K, U, M), to be filled by `load_episode`."""
    f, k, u, m = sizes
    ints, floats = (lambda *s: np.zeros(s, np.int64)), (lambda *s: np.zeros(s))
    return State(
        radio=floats(n, 6), costs=floats(n, 4), limits=floats(n, 2), storage=floats(n, m), output=floats(n, m),
        quality=floats(n, m, 4), time=floats(n, m, 2), skewness=floats(n, f), request=ints(n, f, k, u),
        input=floats(n, f, k, u), gain=floats(n, f, k, u), scale=np.ones((n, length)), vector=floats(n, length),
        cache=ints(n, m), frame=ints(n), slot=ints(n), total=floats(n, 3),
    )  # fmt: skip


def load_episode(state: State, n: int, parameters: Any, arrays: Any, scale: np.ndarray | None = None) -> None:
    """Put an instance's scalars and arrays into slot ``n``; ``scale`` divides the observation (None: physical units)."""
    state.radio[n] = radio_of(parameters)
    state.costs[n] = [parameters[k] for k in ("delay_weight", "deadline_penalty", "slot_s", "total_steps")]
    state.limits[n] = parameters["storage_gb"], parameters["minimum_share"]
    for name in ("storage", "output", "quality", "time"):
        getattr(state, name)[n] = arrays[f"model_{name}"]
    for name, source in (("skewness", "skewness"), ("request", "request"), ("input", "input_size"), ("gain", "gain")):
        getattr(state, name)[n] = arrays[source]
    if scale is not None:
        state.scale[n] = scale[: state.scale.shape[1]]
    restart(state, n)


def single_state(instance: Instance, length: int) -> State:
    """State of one episode of an instance, at its first frame decision, in physical units."""
    state = empty_state(1, model.sizes_of(instance), length)
    load_episode(state, 0, instance.parameters, instance.arrays)
    return state


@kernel
def radio_at(s, n):
    """The links of episode ``n``."""
    r = s.radio[n]
    return Radio(r[0], r[1], r[2], r[3], r[4], r[5])


@kernel
def costs_at(s, n):
    """How episode ``n`` charges a request."""
    c = s.costs[n]
    return Costs(c[0], c[1], c[2], c[3])


@kernel
def restart(s, n):
    """Put episode ``n`` at its first frame decision with nothing cached."""
    s.frame[n] = 0
    s.slot[n] = FRAME
    s.cache[n] = 0
    s.total[n] = 0.0
    _observe(s, n)


@kernel
def request_cost(s, n, frame, slot, user, cached, share, step_share):
    """Cost, delay (s) and total variation of one request (eqs. 9, 10 and the penalty of eq. 23)."""
    radio, costs = radio_at(s, n), costs_at(s, n)
    m = s.request[n, frame, slot, user]
    gain, size = s.gain[n, frame, slot, user], s.input[n, frame, slot, user]
    steps = step_share * costs.total_steps
    delay = uplink_delay(radio, share, gain, size) + fixed_delay(radio, gain, size, s.output[n, m], cached)
    delay += generation_time(s.quality[n, m], s.time[n, m], steps, cached)
    variation = total_variation(s.quality[n, m], steps, cached)
    cost = costs.delay_weight * delay + (1.0 - costs.delay_weight) * variation
    if delay > costs.deadline_s:
        cost += costs.deadline_penalty
    return cost, delay, variation


@kernel
def slot_cost(s, n, frame, slot, cached, bandwidth, steps):
    """Mean cost of a slot's requests with ``cached`` (M,), ``bandwidth`` (U,) and ``steps`` (U,); changes nothing."""
    total = 0.0
    for u in range(bandwidth.shape[0]):
        hit = cached[s.request[n, frame, slot, u]] != 0
        total += request_cost(s, n, frame, slot, u, hit, bandwidth[u], steps[u])[0]
    return total / bandwidth.shape[0]


@kernel
def step(s, n, action):
    """Apply a legal action (M + 2U,), move to the next decision, return the reward (eq. 23; 0 for a frame decision)."""
    models, users = s.storage.shape[1], s.request.shape[3]
    frame, slot = s.frame[n], s.slot[n]
    reward = 0.0
    if slot == FRAME:
        for m in range(models):
            s.cache[n, m] = 1 if action[m] != 0.0 else 0
        s.slot[n] = 0
    else:
        for u in range(users):
            hit = s.cache[n, s.request[n, frame, slot, u]] != 0
            share, step_share = action[models + u], action[models + users + u]
            cost, delay, _ = request_cost(s, n, frame, slot, u, hit, share, step_share)
            s.total[n, 0] += cost
            s.total[n, 1] += delay > s.costs[n, 2]
            s.total[n, 2] += hit
            reward -= cost
        reward /= users
        s.slot[n] = slot + 1
        if slot + 1 == s.request.shape[2]:
            s.frame[n] = frame + 1
            s.slot[n] = FRAME
    if s.frame[n] < s.request.shape[1]:
        _observe(s, n)
    return reward


@kernel
def _observe(s, n):
    """Write the observation of the current decision, as far as the vector goes (see `model.layout`)."""
    length = s.vector.shape[1]
    if length == 0:
        return
    users, models = s.request.shape[3], s.storage.shape[1]
    frame, slot = s.frame[n], s.slot[n]
    at_frame = slot == FRAME
    vector = s.vector[n]
    cached, online = REQUEST + 4 * users, REQUEST + 4 * users + models
    informed = online + 2 * users + models
    vector[0] = 1.0 if at_frame else 0.0
    vector[1] = frame
    vector[2] = 0 if at_frame else slot
    vector[3] = s.skewness[n, frame]
    for m in range(models):
        vector[cached + m] = s.cache[n, m]
        if length > online:
            vector[online + 2 * users + m] = s.storage[n, m]
    for u in range(users):
        m = s.request[n, frame, slot, u] if not at_frame else -1
        vector[REQUEST + u] = m
        vector[REQUEST + users + u] = 0.0 if at_frame else s.input[n, frame, slot, u]
        vector[REQUEST + 2 * users + u] = 0.0 if at_frame else s.output[n, m]
        vector[REQUEST + 3 * users + u] = 0.0 if at_frame else s.gain[n, frame, slot, u]
        if length > online:
            vector[online + u] = 0.0 if at_frame else s.cache[n, m]
            ratio = s.radio[n, 2] * s.gain[n, frame, slot, u] / s.radio[n, 0]
            vector[online + users + u] = 0.0 if at_frame else 10.0 * log10(ratio)
        if length > informed:
            for column in range(6):
                entry = s.quality[n, m, column] if column < 4 else s.time[n, m, column - 4]
                vector[informed + 6 * u + column] = 0.0 if at_frame else entry
    for k in range(length):
        vector[k] /= s.scale[n, k]


@kernel
def violation(s, n, action):
    """What an action breaks at the current decision: (rule, model or user, amount); rule `LEGAL` where nothing."""
    models, users = s.storage.shape[1], s.request.shape[3]
    total = 0.0
    if s.slot[n] == FRAME:
        for m in range(models):
            if action[m] != 0.0 and action[m] != 1.0:
                return CACHE_BIT, m, action[m]
            total += action[m] * s.storage[n, m]
        return (STORAGE if total > s.limits[n, 0] + TOLERANCE else LEGAL), 0, total
    bandwidth, steps = action[models : models + users], action[models + users :]
    for u in range(users):
        total += bandwidth[u]
        if not bandwidth[u] >= s.limits[n, 1] - TOLERANCE:
            return BANDWIDTH_MINIMUM, u, bandwidth[u]
    if not total <= 1.0 + TOLERANCE:
        return BANDWIDTH_SUM, 0, total
    total = 0.0
    for u in range(users):
        total += steps[u]
        if not steps[u] >= -TOLERANCE:
            return STEPS_RANGE, u, steps[u]
        if steps[u] > TOLERANCE and s.cache[n, s.request[n, s.frame[n], s.slot[n], u]] == 0:
            return STEPS_UNCACHED, u, steps[u]
    return (LEGAL if total <= 1.0 + TOLERANCE else STEPS_SUM), 0, total


@kernel
def _all_slot_costs(s, cached, bandwidth, steps, costs):
    for f in range(costs.shape[0]):
        for k in range(costs.shape[1]):
            costs[f, k] = slot_cost(s, 0, f, k, cached[f], bandwidth[f, k], steps[f, k])


def slot_costs(instance: Instance, cached: np.ndarray, bandwidth: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Mean cost of each slot's requests, float64 (F, K), for decisions that are not checked; their mean is the primary score."""
    costs = np.empty(bandwidth.shape[:2])
    _all_slot_costs(single_state(instance, 0), cached, bandwidth, steps, costs)
    return costs


@kernel
def step_batch(s, actions, rewards, ended):
    """Step each episode with its legal action (N, M + 2U); fill ``rewards`` (N,) and ``ended`` (N,) bool."""
    for n in range(s.frame.shape[0]):
        rewards[n] = step(s, n, actions[n])
        ended[n] = s.frame[n] == s.request.shape[1]


@cache
def warm_up() -> None:
    """Load or compile what an episode needs, by playing one frame of one request."""
    state = empty_state(1, (1, 1, 1, 1), 0)
    state.radio[:], state.costs[:], state.gain[:], state.limits[:] = 1.0, 1.0, 1.0, 1.0
    for action in (np.array([1.0, 1.0, 1.0]), np.array([1.0, 1.0, 1.0])):
        violation(state, 0, action)
        step(state, 0, action)
