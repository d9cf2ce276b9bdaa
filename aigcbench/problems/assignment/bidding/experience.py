"""What can be learned from training episodes by trying at random: the demand, and what each kind of task yields where."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from aigcbench.observation import Context
from aigcbench.problems.assignment.bidding.forecast import Demand, demand_of


class Trials(NamedTuple):
    """L steps of N environments, all (L, N)."""

    time: np.ndarray  # float64, s
    steps: np.ndarray  # int64
    runtime: np.ndarray  # float64, s
    type: np.ndarray  # int64
    service: np.ndarray  # int64; what lies beyond the services was rejected
    reward: np.ndarray  # float64
    fits: np.ndarray  # bool, whether the service had room, so that the reward is its utility
    ended: np.ndarray  # bool


def try_at_random(environments: Any, context: Context, episodes: int, rng: np.random.Generator) -> Trials:
    """Act at random among what has room until every environment has ended so many episodes.

    Parameters
    ----------
    environments
        `AssignmentVectorEnv`, however wrapped, with observations of class ``online``.
    context
        Of the same class.
    """
    shown, _ = environments.reset(seed=int(rng.integers(2**31)))
    steps = []
    ended = np.zeros(environments.num_envs, dtype=np.int64)
    while ended.min() < episodes:
        allowed = environments.unwrapped.action_mask(shown)
        action = np.where(allowed, rng.random(allowed.shape), -1.0).argmax(axis=1)
        following, reward, terminated, _, _ = environments.step(action)
        steps.append((*_request(shown, context), action, reward, _fits(shown, action, context), terminated))
        ended += terminated
        shown = following
    return Trials(*(np.stack(part) for part in zip(*steps, strict=True)))


def demand_seen(trials: Trials, episodes: int, horizon: float) -> Demand:
    """The first ``episodes`` of every environment as a forecast: the same number of each, so that short ones are not favoured."""
    arrivals, tasks = [], []
    for n in range(trials.time.shape[1]):
        ends = [0, *(np.flatnonzero(trials.ended[:, n])[:episodes] + 1)]
        for start, stop in pairwise(ends):
            arrivals.append(trials.time[start:stop, n])
            parts = (trials.steps, trials.runtime, trials.type)
            tasks.append(np.stack([part[start:stop, n].astype(np.float64) for part in parts], axis=1))
    return demand_of(arrivals, tasks, horizon, horizon)


class UtilityGrid(NamedTuple):
    """What tasks yield, known at some numbers of steps and linear in between."""

    steps: np.ndarray  # (K,) float64, rising
    utility: np.ndarray  # (types, K, services) float64

    def of(self, steps: np.ndarray, types: np.ndarray) -> np.ndarray:
        """Utility of tasks of these steps and types on every service, float64 (tasks, services)."""
        place = np.clip(np.searchsorted(self.steps, steps, side="right") - 1, 0, max(len(self.steps) - 2, 0))
        above = np.minimum(place + 1, len(self.steps) - 1)
        width = np.maximum(self.steps[above] - self.steps[place], 1.0)
        share = np.clip((steps - self.steps[place]) / width, 0.0, 1.0)[:, None]
        return self.utility[types, place] * (1.0 - share) + self.utility[types, above] * share


def utility_seen(trials: Trials, context: Context) -> UtilityGrid:
    """The mean reward of every kind of task on every service that had room; what was never tried lies between what was."""
    steps, place = np.unique(trials.steps[trials.fits], return_inverse=True)
    shape = (context["n_types"], len(steps), context.n_actions)
    cell = (trials.type[trials.fits], place.reshape(-1), trials.service[trials.fits])
    count, total = np.zeros(shape), np.zeros(shape)
    np.add.at(count, cell, 1.0)
    np.add.at(total, cell, trials.reward[trials.fits])
    utility = total / np.maximum(count, 1.0)
    for kind, service in zip(*np.nonzero((count == 0.0).any(axis=1)), strict=True):
        known = count[kind, :, service] > 0.0
        if known.any():
            utility[kind, :, service] = np.interp(steps, steps[known], utility[kind, known, service])
    return UtilityGrid(steps.astype(np.float64), utility)


def _request(shown: np.ndarray, context: Context) -> tuple[np.ndarray, ...]:
    """Time, steps, run time and type of the requests that scaled observations (N, D) show."""
    layout = context.layout
    time, steps, runtime = (
        layout[name].of(shown).astype(np.float64) * float(layout[name].of(context.scale))
        for name in ("time", "task_steps", "task_runtime")
    )
    kind = np.zeros(len(shown), np.int64)
    if context["n_types"] > 1:
        kind = layout["task_type"].of(shown).argmax(axis=1)
    return time, np.rint(steps).astype(np.int64), runtime, kind


def _fits(shown: np.ndarray, action: np.ndarray, context: Context) -> np.ndarray:
    """Whether the services that were chosen had room, from scaled observations (N, D)."""
    layout = context.layout
    accepted = action < context.n_actions
    server = context["service_server"][np.where(accepted, action, 0)]
    share = layout["free_steps"].of(shown)[np.arange(len(shown)), server].astype(np.float64)
    free = np.rint(share * context["server_capacity"][server])
    needed = _request(shown, context)[1]
    return accepted & (free >= needed)
