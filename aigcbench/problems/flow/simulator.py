"""The flow simulator: numba kernels over arrays of N episodes (the semantics: `model`).

Resources are freed only when the clock moves to a later slot: then every gateway's running transmissions are walked once, which
frees those that have ended and adds up what the others hold and have still to send. All sums are formed anew from what runs, so that
no rounding error outlives a slot. A transmission never ends after its flow's computation, and each flow holds at least one unit until
then, so that the number of compute units bounds both lists. All state is in one named tuple of arrays, so that one episode, a
batch and a population are the same code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.flow import model
from aigcbench.problems.flow.delay import kernel
from aigcbench.problems.flow.model import REJECT
from aigcbench.problems.flow.observing import delay_of, observe_flow, observe_gateway, observe_resources, observe_units

NONE = -1


class State(NamedTuple):
    """N episodes of G gateways, L levels, up to J flows of which up to M run at once; observation vectors of length D."""

    capacity: np.ndarray  # (N, G) float64, Mbit/s
    level_rate: np.ndarray  # (L,) float64
    level_units: np.ndarray  # (L,) int64
    unit_gflops: np.ndarray  # (N,) float64, GFLOP/s
    compute_units: np.ndarray  # (N,) int64
    blocked_share: np.ndarray  # (N,) float64
    max_deadline: np.ndarray  # (N,) float64, s
    weights: np.ndarray  # (N, 3) float64: delay, blocked, balance
    arrival: np.ndarray  # (N, J) float64, s
    rate: np.ndarray  # (N, J) float64, Mbit/s
    deadline: np.ndarray  # (N, J) float64, s
    data: np.ndarray  # (N, J) float64, Mbit
    work: np.ndarray  # (N, J) float64, GFLOP
    priority: np.ndarray  # (N, J) int64
    type: np.ndarray  # (N, J) int64
    n_flows: np.ndarray  # (N,) int64
    scale: np.ndarray  # (N, D) float64, divides the observation
    vector: np.ndarray  # (N, D) float64, the observation
    current: np.ndarray  # (N,) int64, index of the current flow
    free: np.ndarray  # (N, G) float64, Mbit/s
    backlog: np.ndarray  # (N, G) float64, Mbit
    free_units: np.ndarray  # (N,) int64
    first: (
        np.ndarray
    )  # (N, G) int64, first and last of each gateway's linked list of transmissions, in order of admission
    last: np.ndarray  # (N, G) int64
    following: np.ndarray  # (N, M) int64; the unused places are linked too
    unused: np.ndarray  # (N,) int64, first unused place
    sending: np.ndarray  # (N, M) float64, rate of each transmission, Mbit/s
    sent: np.ndarray  # (N, M) float64, when it ends, s
    n_running: np.ndarray  # (N,) int64, flows that hold compute
    finish: np.ndarray  # (N, M) float64, when they release it, s
    units: np.ndarray  # (N, M) int64, how many units
    completed: np.ndarray  # (N,) int64, flows
    completed_weight: np.ndarray  # (N,) int64, sum of their priorities
    total_weight: np.ndarray  # (N,) int64, sum of all priorities


def empty_state(
    n: int, sizes: tuple[int, int, int], level_rate: np.ndarray, level_units: np.ndarray, length: int
) -> State:
    """State for ``n`` episodes of ``sizes`` = (G, J, M), to be filled by `load_episode`."""
    g, j, m = sizes
    ints, floats = (lambda *s: np.zeros(s, np.int64)), (lambda *s: np.zeros(s))
    return State(
        capacity=floats(n, g), level_rate=np.array(level_rate), level_units=np.array(level_units), unit_gflops=floats(n),
        compute_units=ints(n), blocked_share=floats(n), max_deadline=floats(n), weights=floats(n, 3), arrival=floats(n, j),
        rate=floats(n, j), deadline=floats(n, j), data=floats(n, j), work=floats(n, j), priority=ints(n, j), type=ints(n, j),
        n_flows=ints(n), scale=np.ones((n, length)), vector=floats(n, length), current=ints(n), free=floats(n, g), backlog=floats(n, g),
        free_units=ints(n), first=ints(n, g), last=ints(n, g), following=ints(n, m), unused=ints(n), sending=floats(n, m),
        sent=floats(n, m), n_running=ints(n), finish=floats(n, m), units=ints(n, m), completed=ints(n), completed_weight=ints(n),
        total_weight=ints(n),
    )  # fmt: skip


def load_episode(state: State, n: int, instance: Instance, scale: np.ndarray | None = None) -> None:
    """Put an instance into slot ``n``; ``scale`` divides the observation (None: physical units)."""
    parameters, count = instance.parameters, len(instance["flow_slot"])
    state.capacity[n] = instance["gateway_capacity"]
    state.unit_gflops[n] = model.unit_gflops(instance)
    for name in ("compute_units", "blocked_share"):
        getattr(state, name)[n] = parameters[name]
    state.max_deadline[n] = parameters["max_deadline_s"]
    state.weights[n] = [parameters[f"{name}_weight"] for name in ("delay", "blocked", "balance")]
    state.arrival[n, :count] = instance["flow_slot"] * float(parameters["slot_s"])
    for name in ("rate", "deadline", "data", "work", "priority", "type"):
        getattr(state, name)[n, :count] = instance[f"flow_{name}"]
    state.n_flows[n] = count
    state.total_weight[n] = instance["flow_priority"].sum()
    if scale is not None:
        state.scale[n] = scale[: state.scale.shape[1]]
    restart(state, n)


def sizes_of(instance: Instance) -> tuple[int, int, int]:
    """(G, J, M) of an instance."""
    flows = len(instance["flow_slot"])
    return len(instance["gateway_capacity"]), flows, min(flows, int(instance.parameters["compute_units"]))


def single_state(instance: Instance, length: int) -> State:
    """State of one episode of an instance, at its first flow, in physical units."""
    state = empty_state(1, sizes_of(instance), instance["level_rate"], instance["level_units"], length)
    load_episode(state, 0, instance)
    return state


@kernel
def restart(s, n):
    """Put episode ``n`` at its first flow with everything free."""
    s.current[n] = 0
    s.free_units[n] = s.compute_units[n]
    s.n_running[n] = 0
    s.completed[n] = 0
    s.completed_weight[n] = 0
    s.first[n] = NONE
    s.last[n] = NONE
    s.unused[n] = 0
    places = s.following.shape[1]
    for m in range(places):
        s.following[n, m] = m + 1 if m + 1 < places else NONE
    for g in range(s.capacity.shape[1]):
        s.free[n, g] = s.capacity[n, g]
        s.backlog[n, g] = 0.0
    observe_resources(s, n)
    observe_flow(s, n)


@kernel
def _admit(s, n, j, g, level, delay):
    """Let flow ``j`` hold bandwidth on ``g`` until it is sent and compute units until it is done."""
    rate, now = min(s.level_rate[level] * s.rate[n, j], s.free[n, g]), s.arrival[n, j]
    place = s.unused[n]
    s.unused[n] = s.following[n, place]
    s.following[n, place] = NONE
    s.sending[n, place] = rate
    s.sent[n, place] = now + s.data[n, j] / rate
    if s.last[n, g] == NONE:
        s.first[n, g] = place
    else:
        s.following[n, s.last[n, g]] = place
    s.last[n, g] = place
    s.free[n, g] -= rate
    s.backlog[n, g] += rate * (s.sent[n, place] - now)
    running = s.n_running[n]
    s.finish[n, running] = now + delay
    s.units[n, running] = s.level_units[level]
    s.n_running[n] = running + 1
    s.free_units[n] -= s.level_units[level]


@kernel
def _release_bandwidth(s, n, g, now):
    """Free what gateway ``g`` has sent by ``now``, and add up the rest."""
    used, backlog = 0.0, 0.0
    before, place = NONE, s.first[n, g]
    while place != NONE:
        after = s.following[n, place]
        if s.sent[n, place] <= now:
            if before == NONE:
                s.first[n, g] = after
            else:
                s.following[n, before] = after
            s.following[n, place] = s.unused[n]
            s.unused[n] = place
        else:
            used += s.sending[n, place]
            backlog += s.sending[n, place] * (s.sent[n, place] - now)
            before = place
        place = after
    s.last[n, g] = before
    s.free[n, g] = max(s.capacity[n, g] - used, 0.0)
    s.backlog[n, g] = backlog


@kernel
def _release_units(s, n, now):
    """Free the compute units of every flow that is done by ``now``."""
    running = s.n_running[n]
    k = 0
    while k < running:
        if s.finish[n, k] <= now:
            s.free_units[n] += s.units[n, k]
            running -= 1
            s.finish[n, k] = s.finish[n, running]
            s.units[n, k] = s.units[n, running]
        else:
            k += 1
    s.n_running[n] = running


@kernel
def release(s, n, now):
    """Free everything that is released by ``now``."""
    for g in range(s.capacity.shape[1]):
        _release_bandwidth(s, n, g, now)
    _release_units(s, n, now)
    observe_resources(s, n)


@kernel
def _imbalance(s, n):
    """H_r: the largest minus the smallest share of bandwidth in use over the gateways."""
    most, least = 0.0, 1.0
    for g in range(s.capacity.shape[1]):
        share = s.free[n, g] / s.capacity[n, g]
        most = max(most, share)
        least = min(least, share)
    return most - least


@kernel
def step(s, n, action):
    """Admit the current flow by ``action`` (-1: reject), move to the next arrival, return the reward."""
    j = s.current[n]
    violation, blocked = 1.0, 0.0
    if action != REJECT:
        levels = s.level_rate.shape[0]
        g, level = action // levels, action % levels
        delay = delay_of(s, n, j, g, level)
        if delay < 0.0:
            blocked = 1.0
        else:
            _admit(s, n, j, g, level, delay)
            observe_gateway(s, n, g)
            observe_units(s, n)
            violation = min(max((delay - s.deadline[n, j]) / s.deadline[n, j], -1.0), 1.0)
            if delay <= s.deadline[n, j]:
                s.completed[n] += 1
                s.completed_weight[n] += s.priority[n, j]
    weights = s.weights[n]
    reward = -s.priority[n, j] * (weights[0] * violation + weights[1] * blocked) - weights[2] * _imbalance(s, n)
    s.current[n] = j + 1
    if j + 1 < s.n_flows[n]:
        if s.arrival[n, j + 1] > s.arrival[n, j]:
            release(s, n, s.arrival[n, j + 1])
        observe_flow(s, n)
    return reward


@kernel
def replay(s, n, actions, rewards):
    """Play a whole sequence of legal actions (J,) from the start; fill ``rewards`` (J,); return the weight completed."""
    restart(s, n)
    for j in range(s.n_flows[n]):
        rewards[j] = step(s, n, actions[j])
    return s.completed_weight[n]


@kernel
def evaluate(s, population, scores):
    """Weighted completion rate of each row of ``population`` (P, J) on the episode in slot 0, into ``scores`` (P,)."""
    for p in range(population.shape[0]):
        restart(s, 0)
        for j in range(s.n_flows[0]):
            step(s, 0, population[p, j])
        scores[p] = s.completed_weight[0] / s.total_weight[0]


def fitness(instance: Instance) -> Callable[[np.ndarray], np.ndarray]:
    """A function from a population (P x J, legal int64 actions) to weighted completion rates (P,)."""
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
        ended[n] = s.current[n] == s.n_flows[n]
