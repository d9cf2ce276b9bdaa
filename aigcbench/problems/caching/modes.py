"""One frame of caching as a 0-1 program in whole numbers: every request takes one mode, a cell of shares and steps of an option.

A mode needs what its cell needs at least, and costs what its cell costs at least, so that the optimum is a lower bound on the cost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aigcbench.optimization.linear import LinearProgram, LinearProgramBuilder
from aigcbench.problems.caching.linear import Options, options_of
from aigcbench.problems.caching.slot.terms import Terms

SHARE_CELLS, STEP_CELLS = 8, 2
SHARE_UNITS, STEP_UNITS, STORAGE_UNITS = 10**6, 10, 10**6  # of the whole band, of a step, of a GB


@dataclass(frozen=True, eq=False)
class Modes:
    """What requests can take; arrays have one entry for each mode.

    Parameters
    ----------
    option
        Index among the options.
    share, steps
        Least share of the band and least steps that it needs, in whole units, rounded down (int64).
    cost
        Least cost of the request.
    """

    option: np.ndarray
    share: np.ndarray
    steps: np.ndarray
    cost: np.ndarray

    def chosen(self, which: np.ndarray) -> Modes:
        """Some of them, by index or mask."""
        return Modes(self.option[which], self.share[which], self.steps[which], self.cost[which])


def modes_of(terms: Terms, options: Options) -> Modes:
    """All modes that are worth it: none for which there is another of the same request, as cached, that costs and needs no more."""
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [_cell(terms, options, j, c) for j in range(SHARE_CELLS) for c in range(STEP_CELLS)]
    columns = (np.concatenate(column) for column in zip(*parts, strict=True))
    modes = Modes(*columns)
    users, slots = terms.request.shape[2], terms.request.shape[1]
    request = (options.frame * slots + options.slot) * users + options.user
    group = (2 * request + options.at_edge)[modes.option]
    order = np.lexsort((modes.steps, modes.share, modes.cost, group))
    keep = [
        part[_undominated(modes.chosen(part))] for part in np.split(order, np.flatnonzero(np.diff(group[order])) + 1)
    ]
    return modes.chosen(np.concatenate(keep))


def _cell(terms: Terms, options: Options, share_cell: int, step_cell: int) -> tuple[np.ndarray, ...]:
    """Modes of one cell of every option that has it: option, share, steps, cost."""
    least = options.share_low ** (1.0 - share_cell / SHARE_CELLS)
    upload = options.upload_time(options.share_low ** (1.0 - (share_cell + 1) / SHARE_CELLS))
    stepped = options.with_steps
    most = np.where(stepped, np.minimum(options.high, (options.time - upload) / options.step_time), 0.0)
    most = np.where(stepped & (options.step_time == 0.0), options.high, most)
    width = (most - options.low) / STEP_CELLS
    steps = options.low + step_cell * width
    cost = terms.weight * upload + options.cost + options.slope * (steps + width)
    has = np.where(stepped, most >= options.low, step_cell == 0)
    taken = np.flatnonzero(has)
    share, units = np.floor(least[taken] * SHARE_UNITS), np.floor(steps[taken] * STEP_UNITS)
    return taken, share.astype(np.int64), units.astype(np.int64), cost[taken]


def _undominated(modes: Modes) -> np.ndarray:
    """Which modes, sorted by cost, need less of something than every cheaper one (bool)."""
    fewer = (modes.share[:, None] < modes.share) | (modes.steps[:, None] < modes.steps)
    return (fewer | ~np.tri(len(modes.cost), k=-1, dtype=bool)).all(axis=1)


@dataclass(frozen=True, eq=False)
class ModeModel:
    """The program, whose objective is minus the mean cost of the frame's requests; all columns are 0 or 1, all entries whole.

    Parameters
    ----------
    linear
        Columns: the cache, then the modes. Rows: storage; one mode for each request; modes at the edge only, and always, where cached;
        band and steps of each slot.
    cache
        Columns of the cache (int64, models).
    modes
        What the other columns stand for.
    """

    linear: LinearProgram
    cache: np.ndarray
    modes: Modes


def mode_model(terms: Terms, frame: int, storage: np.ndarray, capacity: float) -> ModeModel:
    """The program of a frame; storage of each model, and in all, in GB."""
    options, builder = options_of(terms, range(frame, frame + 1)), LinearProgramBuilder()
    modes, (_, slots, users), models = modes_of(terms, options), terms.request.shape, len(storage)
    slot, user, model = (part[modes.option] for part in (options.slot, options.user, options.model))
    cache = builder.add_columns(models, 0.0, 1.0, integer=True)
    taken = builder.add_columns(len(modes.cost), -modes.cost / (slots * users), 1.0, integer=True)
    rows = builder.add_rows(1, -np.inf, np.ceil(capacity * STORAGE_UNITS))
    builder.add_entries(np.repeat(rows, models), cache, np.floor(storage * STORAGE_UNITS))
    rows, request = builder.add_rows(slots * users, 1.0, 1.0), slot * users + user
    builder.add_entries(rows[request], taken, 1.0)
    rows, edge = builder.add_rows(slots * users, 0.0, 0.0), np.flatnonzero(options.at_edge[modes.option])
    builder.add_entries(rows[request[edge]], taken[edge], 1.0)
    first = np.unique(request, return_index=True)[1]
    builder.add_entries(rows[request[first]], cache[model[first]], -1.0)
    builder.add_entries(builder.add_rows(slots, -np.inf, SHARE_UNITS)[slot], taken, modes.share)
    builder.add_entries(
        builder.add_rows(slots, -np.inf, np.ceil(terms.total_steps * STEP_UNITS))[slot], taken, modes.steps
    )
    return ModeModel(builder.build(), cache, modes)
