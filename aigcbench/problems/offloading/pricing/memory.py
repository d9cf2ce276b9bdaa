"""The memory of a compiled rule: one float64 array, a head of single numbers followed by rows with a number per station."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit

from aigcbench.observation import Context

# Places in the head. The first eight are the same for every rule; a rule's own numbers begin at OWN.
STATIONS, SLOTS, QUEUE, RESULT, SLOT, HOME, DELAY, CURRENT, OWN = range(9)
HEAD = 32
SERVED = 0
"""The first row: Gcycles that each station serves in a slot."""


def new_memory(context: Context, own: Sequence[float], rows: int, head: int = HEAD) -> np.ndarray:
    """A memory at the start of an episode, float64 (head + rows * stations,).

    Parameters
    ----------
    own
        The rule's own numbers, put into the head from `OWN` on.
    rows
        Number of rows; the first is filled with what the stations serve in a slot, the others with zeros.
    """
    n_stations = context.n_actions
    memory = np.zeros(head + rows * n_stations)
    memory[[STATIONS, SLOTS, CURRENT]] = n_stations, context["n_slots"], -1.0
    for place, name in ((QUEUE, "queue"), (RESULT, "task_result"), (SLOT, "slot"), (HOME, "station"), (DELAY, "delay")):
        memory[place] = context.layout[name].start
    memory[OWN : OWN + len(own)] = own
    memory[head : head + n_stations] = context["station_capacity"] * context["slot_s"]
    return memory


@njit(cache=True)
def rows_of(memory, head):  # type: ignore[no-untyped-def]
    """The rows behind the head, (rows, stations), the same memory."""
    n_stations = int(memory[STATIONS])
    return memory[head:].reshape((len(memory) - head) // n_stations, n_stations)
