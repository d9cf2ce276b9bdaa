"""What many decisions of one frame cost, by the simulator's compiled arithmetic."""

from __future__ import annotations

from functools import cache as once

import numpy as np

from aigcbench.observation import Context, Observation
from aigcbench.problems.caching.radio import kernel
from aigcbench.problems.caching.simulator import State, empty_state, load_episode, slot_cost


def observed_slot(context: Context) -> State:
    """Room for one slot as an informed policy sees it, to be filled by `load_slot`."""
    return empty_state(1, (1, 1, int(context["n_users"]), len(context["model_storage"])), 0)


def load_slot(state: State, context: Context, observation: Observation) -> None:
    """Put an observed slot into a state of one frame of one slot."""
    seen = {
        "skewness": observation.skewness,
        "request": observation.request,
        "input_size": observation.input_size,
        "gain": observation.gain,
    }
    load_episode(state, 0, context.parameters, {**context.arrays, **seen})


def population_costs(
    state: State, frame: int, cache: np.ndarray, bandwidth: np.ndarray, steps: np.ndarray
) -> np.ndarray:
    """Mean cost per request of the frame for each of P decisions (float64, P), which are not checked.

    Parameters
    ----------
    state, frame
        Where; its cache is not looked at.
    cache
        (P, M), other than 0 where cached.
    bandwidth, steps
        Shares (P, K, U).
    """
    costs = np.empty(len(cache))
    _population_costs(state, frame, cache, bandwidth, steps, costs)
    return costs


@kernel
def _population_costs(state, frame, cache, bandwidth, steps, costs):  # type: ignore[no-untyped-def]
    slots = bandwidth.shape[1]
    for p in range(costs.shape[0]):
        costs[p] = 0.0
        for k in range(slots):
            costs[p] += slot_cost(state, 0, frame, k, cache[p], bandwidth[p, k], steps[p, k]) / slots


@once
def warm_up() -> None:
    """Load or compile what populations need, on one request."""
    state = empty_state(1, (1, 1, 1, 1), 0)
    for part in (state.radio, state.costs, state.gain):
        part[:] = 1.0
    population_costs(state, 0, np.ones((1, 1)), np.ones((1, 1, 1)), np.ones((1, 1, 1)))
