"""Frames of caching as one integer program in which the upload time is at least some of its tangents.

Every request takes one of its options (see `slot.options`), with shares and steps of its own for each: at fixed options the program is
linear but for the upload time, and its relaxation is the convex hull of the options. Tangents lie below the upload time, so that the
optimum is a lower bound on the cost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aigcbench.optimization.linear import LinearProgram, LinearProgramBuilder
from aigcbench.problems.caching.slot.options import CLOUD_MASK, N_OPTIONS, STEPS_MASK, Slot
from aigcbench.problems.caching.slot.solver import load_slot
from aigcbench.problems.caching.slot.terms import Terms

TANGENTS = (
    16  # evenly spaced in the logarithm of the share: the upload time is off by 2 % at most, the cost by far less
)


@dataclass(frozen=True, eq=False)
class Options:
    """All options of some frames' requests; arrays have one entry for each option.

    Parameters
    ----------
    frame
        Index among the frames chosen.
    slot, user, kind
        Indices; ``kind`` as in `slot.options`.
    model
        What is requested.
    limit, snr
        Of the upload, see `slot.upload`.
    cost, slope, low, high, step_time, time, share_low
        Of the option, see `slot.options`.
    """

    frame: np.ndarray
    slot: np.ndarray
    user: np.ndarray
    kind: np.ndarray
    model: np.ndarray
    limit: np.ndarray
    snr: np.ndarray
    cost: np.ndarray
    slope: np.ndarray
    low: np.ndarray
    high: np.ndarray
    step_time: np.ndarray
    time: np.ndarray
    share_low: np.ndarray

    @property
    def at_edge(self) -> np.ndarray:
        """Whether the option needs its model in the cache."""
        return (CLOUD_MASK >> self.kind & 1) == 0

    @property
    def with_steps(self) -> np.ndarray:
        """Whether the option takes steps."""
        return (STEPS_MASK >> self.kind & 1) == 1

    def upload_time(self, share: np.ndarray) -> np.ndarray:
        """Upload time (s) on a share of the band, both one entry for each option."""
        ratio = self.snr / share
        return self.limit * ratio / np.log1p(ratio)

    def upload_slope(self, share: np.ndarray) -> np.ndarray:
        """Derivative of `upload_time` by the share, s."""
        ratio = self.snr / share
        log = np.log1p(ratio)
        return -self.limit * ratio / share * (log - ratio / (1.0 + ratio)) / log**2


def options_of(terms: Terms, frames: range) -> Options:
    """Every option that can be part of an optimum."""
    parts: dict[str, list[np.ndarray]] = {name: [] for name in Options.__dataclass_fields__}
    for index, frame in enumerate(frames):
        for number in range(terms.request.shape[1]):
            slot: Slot = load_slot(terms, frame, number)
            user, kind = np.nonzero(slot.viable[:, None] >> np.arange(N_OPTIONS) & 1)
            places = {
                "frame": np.full(len(user), index),
                "slot": np.full(len(user), number),
                "user": user,
                "kind": kind,
            }
            for name, values in parts.items():
                if name in places:
                    values.append(places[name])
                else:
                    array = getattr(slot, name)
                    values.append(array[user] if array.ndim == 1 else array[user, kind])
    return Options(**{name: np.concatenate(values) for name, values in parts.items()})


@dataclass(frozen=True, eq=False)
class CacheModel:
    """The program, whose objective is minus the mean cost of the requests.

    Parameters
    ----------
    linear
        Columns: caches, then for each option whether it is taken, its share, its upload time, its steps (where it takes any). Rows:
        storage of each frame; one option for each request; edge options only, and always, where cached; band and steps of each slot;
        least and most share of each option; its tangents; least and most steps; steps and upload in time.
    cache
        Columns of the cache bits (int64, frames x models).
    options
        What can be chosen.
    """

    linear: LinearProgram
    cache: np.ndarray
    options: Options


def cache_model(terms: Terms, frames: range, storage: np.ndarray, capacity: float) -> CacheModel:
    """The program of some frames; storage of each model, and in all, in GB."""
    options, builder = options_of(terms, frames), LinearProgramBuilder()
    n, (_, slots, users), models = len(options.frame), terms.request.shape, len(storage)
    requests = len(frames) * slots * users
    stepped = np.flatnonzero(options.with_steps)
    cache = builder.add_columns(len(frames) * models, 0.0, 1.0, integer=True).reshape(len(frames), models)
    taken = builder.add_columns(n, -options.cost / requests, 1.0, integer=True)
    share = builder.add_columns(n, 0.0, 1.0, integer=False)
    upload = builder.add_columns(n, -terms.weight / requests, np.inf, integer=False)
    steps = builder.add_columns(len(stepped), -options.slope[stepped] / requests, np.inf, integer=False)

    rows = builder.add_rows(len(frames), -np.inf, capacity)
    builder.add_entries(np.repeat(rows, models), cache.ravel(), np.tile(storage, len(frames)))
    place = options.frame * slots + options.slot
    request = place * users + options.user
    rows = builder.add_rows(requests, 1.0, 1.0)
    builder.add_entries(rows[request], taken, 1.0)
    rows, edge = builder.add_rows(requests, 0.0, 0.0), np.flatnonzero(options.at_edge)
    builder.add_entries(rows[request[edge]], taken[edge], 1.0)
    first = np.unique(request, return_index=True)[1]
    builder.add_entries(rows[request[first]], cache[options.frame[first], options.model[first]], -1.0)
    rows = builder.add_rows(len(frames) * slots, -np.inf, 1.0)
    builder.add_entries(rows[place], share, 1.0)
    rows = builder.add_rows(len(frames) * slots, -np.inf, terms.total_steps)
    builder.add_entries(rows[place[stepped]], steps, 1.0)

    _add_limits(builder, share, taken, options.share_low, 1.0)
    for exponent in np.linspace(1.0, 0.0, TANGENTS):
        point = options.share_low**exponent
        slope = options.upload_slope(point)
        rows = builder.add_rows(n, 0.0, np.inf)
        builder.add_entries(rows, upload, 1.0)
        builder.add_entries(rows, share, -slope)
        builder.add_entries(rows, taken, slope * point - options.upload_time(point))
    _add_limits(builder, steps, taken[stepped], options.low[stepped], options.high[stepped])
    in_time = np.flatnonzero(np.isfinite(options.time[stepped]))
    chosen = stepped[in_time]
    rows = builder.add_rows(len(chosen), -np.inf, 0.0)
    builder.add_entries(rows, upload[chosen], 1.0)
    builder.add_entries(rows, steps[in_time], options.step_time[chosen])
    builder.add_entries(rows, taken[chosen], -options.time[chosen])
    return CacheModel(builder.build(), cache, options)


def _add_limits(
    builder: LinearProgramBuilder, columns: np.ndarray, taken: np.ndarray, low: np.ndarray, high: np.ndarray | float
) -> None:
    """Rows that keep columns between two limits where their options are taken, and at 0 elsewhere."""
    for sign, limit in ((1.0, low), (-1.0, high)):
        rows = builder.add_rows(len(columns), 0.0, np.inf)
        builder.add_entries(rows, columns, sign)
        builder.add_entries(rows, taken, -sign * limit)
