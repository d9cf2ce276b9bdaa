"""Forecasts of demand: episodes of requests that an operator expects, from the scenario that it runs or from what it has seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from aigcbench.errors import InputError
from aigcbench.observation import Context
from aigcbench.problems.assignment.model import NAME
from aigcbench.scenario import scenario_named

SEEDS = 2**62
ENOUGH_TASKS, MOST_TASKS = 12_000, 20_000  # of all episodes together, about; of one, which is cut off beyond
FEWEST_EPISODES, MOST_EPISODES = 6, 192
COLUMNS = ("task_steps", "task_runtime", "task_type")


@dataclass(frozen=True, eq=False)
class Demand:
    """Forecast episodes, without any utility or server.

    Parameters
    ----------
    steps, runtime, type
        float64, float64, int64 (kinds,): each kind of task, in steps, s and as an index.
    first
        int64 (episodes + 1,): index of each episode's first task, and the number of tasks.
    arrival, kind
        float64 (s) and int64 (tasks,): arrival times and kinds, one episode after another.
    window, horizon
        Time that each episode covers, from 0 on, and that during which tasks are expected in truth, s.
    """

    steps: np.ndarray
    runtime: np.ndarray
    type: np.ndarray
    first: np.ndarray
    arrival: np.ndarray
    kind: np.ndarray
    window: float
    horizon: float


def scenario_demand(context: Context, rng: np.random.Generator) -> Demand | None:
    """Training episodes of the scenario that the context names; None if the catalogue has no such scenario."""
    try:
        scenario = scenario_named(context.scenario)
    except InputError:
        return None
    if scenario.formulation != NAME:
        return None
    rate = scenario.parameters["arrival_rate_per_s"]
    window, n_episodes = _extent(rate, context["horizon_s"])
    shortened = replace(scenario, parameters=dict(scenario.parameters) | {"horizon_s": window})
    drawn = [shortened.instance(int(rng.integers(SEEDS)), "train") for _ in range(n_episodes)]
    arrivals = [instance["task_arrival"] for instance in drawn]
    tasks = [np.stack([instance[name] for name in COLUMNS], axis=1) for instance in drawn]
    return demand_of(arrivals, tasks, window, context["horizon_s"])


def observed_demand(seen: np.ndarray, now: float, horizon: float, rng: np.random.Generator) -> Demand:
    """Episodes of Poisson arrivals at the rate seen so far, with tasks resampled from those seen.

    Parameters
    ----------
    seen
        float64 (requests, 3): steps, run time (s) and type of the requests from time 0 to ``now`` (s).
    horizon
        Length of an episode, s.
    """
    rate = len(seen) / (now if now > 0 else max(horizon, 1.0))
    window, n_episodes = _extent(rate, horizon)
    arrivals = [np.sort(rng.random(rng.poisson(rate * window))) * window for _ in range(n_episodes)]
    tasks = [seen[rng.integers(len(seen), size=len(arrival))] for arrival in arrivals]
    return demand_of(arrivals, tasks, window, horizon)


def demand_of(arrivals: Sequence[np.ndarray], tasks: Sequence[np.ndarray], window: float, horizon: float) -> Demand:
    """Demand from each episode's arrival times (s) and tasks (tasks x 3: steps, run time in s, type)."""
    kinds, index = np.unique(np.concatenate(tasks), axis=0, return_inverse=True)
    steps, runtime, types = kinds.T.astype(np.float64)
    first = np.cumsum([0, *map(len, arrivals)])
    kind = index.reshape(-1).astype(np.int64)
    return Demand(
        steps.copy(), runtime.copy(), types.astype(np.int64), first, np.concatenate(arrivals), kind, window, horizon
    )


def _extent(rate: float, horizon: float) -> tuple[float, int]:
    """Window (s) and number of episodes to forecast at this rate (1/s)."""
    expected = max(rate * horizon, 1.0)
    episodes = round(ENOUGH_TASKS / min(expected, MOST_TASKS))
    return horizon * min(1.0, MOST_TASKS / expected), min(max(episodes, FEWEST_EPISODES), MOST_EPISODES)
