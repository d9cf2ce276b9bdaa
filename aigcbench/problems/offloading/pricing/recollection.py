"""The memory of rules that play slots in thought: tasks seen, how many there were, and the market.

Behind the head (see `memory`) lie the tasks seen and their numbers, then rows with a number per station: the market's, then the
rule's own. Settings that such rules share come first among a rule's numbers; its further ones begin at `FURTHER`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit

from aigcbench.observation import Context
from aigcbench.optimization.random_stream import random_words
from aigcbench.problems.offloading.pricing.fixed_point import Market
from aigcbench.problems.offloading.pricing.imagination import Demand
from aigcbench.problems.offloading.pricing.memory import HEAD, OWN, SERVED, new_memory, rows_of

REMEMBERED = 1024
"""Tasks, and numbers of tasks of a station in a slot, that are remembered: the first ones seen."""
HEAD_AND_SEEN = HEAD + 4 * REMEMBERED
WEIGHT, RATE, SLOTS_IMAGINED, COUNT, CELLS, LATEST_SLOT, LATEST_HOME, WORDS, _, FURTHER = range(OWN, OWN + 10)


def new_recollection(
    context: Context, rng: np.random.Generator, settings: Sequence[float], further: Sequence[float], rows: int
) -> np.ndarray:
    """A memory at the start of an episode, float64, of which nothing is known yet but the stations.

    Parameters
    ----------
    settings
        Weight of the delay of others, rate at which means follow an imagined slot, number of slots imagined at a time.
    further
        The rule's further numbers.
    rows
        Number of the rule's own rows.
    """
    market_rows = 5 + 3 * context.n_actions
    memory = new_memory(context, settings, market_rows + rows, HEAD_AND_SEEN)
    memory[FURTHER : FURTHER + len(further)] = further
    memory[[LATEST_SLOT, LATEST_HOME]] = -1.0
    memory[WORDS : WORDS + 2] = random_words(rng)
    market, _ = market_and_rows(memory)
    market.capacity[:], market.rate[:] = context["station_capacity"], context["station_rate"]
    return memory


@njit(cache=True)
def market_and_rows(memory):  # type: ignore[no-untyped-def]
    """The market, and the rule's own rows (rows, stations); the same memory."""
    rows = rows_of(memory, HEAD_AND_SEEN)
    n = rows.shape[1]
    sent, mean_sent, later = rows[5 : 5 + n], rows[5 + n : 5 + 2 * n], rows[5 + 2 * n : 5 + 3 * n]
    return Market(rows[1], rows[2], rows[SERVED], rows[3], rows[4], sent, mean_sent, later), rows[5 + 3 * n :]


@njit(cache=True)
def demand_seen(memory):  # type: ignore[no-untyped-def]
    """What was seen so far; the same memory."""
    seen = memory[HEAD:HEAD_AND_SEEN].reshape(4, REMEMBERED)
    tasks, counts = min(int(memory[COUNT]), REMEMBERED), min(int(memory[CELLS]), REMEMBERED)
    return Demand(seen[:3, :tasks], seen[3, :counts], memory[WORDS : WORDS + 2])


@njit(cache=True)
def remember(memory, slot, home, data, work, result):  # type: ignore[no-untyped-def]
    """Take note of a task seen, while there is room."""
    if slot != memory[LATEST_SLOT] or home != memory[LATEST_HOME]:
        memory[CELLS] += 1.0
        memory[LATEST_SLOT], memory[LATEST_HOME] = slot, home
    seen = memory[HEAD:HEAD_AND_SEEN].reshape(4, REMEMBERED)
    count, cell = int(memory[COUNT]), int(memory[CELLS]) - 1
    if count < REMEMBERED:
        seen[0, count], seen[1, count], seen[2, count] = data, work, result
        memory[COUNT] += 1.0
    if cell < REMEMBERED:
        seen[3, cell] += 1.0
