"""Q-values of subsets of M items under a capacity: one value for every subset, or one for every item.

Both read a network's outputs (N, O), arrays or tensors. Sizes are shares of the capacity, so that what fits adds up to at most 1.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numba import njit

LARGEST_ENUMERATION = 16
CAPACITY_UNITS = 4096  # of the dynamic program; sizes are rounded up, so that nothing is overfull
ROUNDING = 1e-9


class SubsetValues(Protocol):
    """From a network's outputs to the best subset, and to the value of one.

    Attributes
    ----------
    n_outputs
        O.
    """

    n_outputs: int

    def best(self, outputs: np.ndarray, sizes: np.ndarray, fitting: bool) -> np.ndarray:
        """The subset of the highest value (N, M) bool, among those that fit sizes (N, M), or among all."""

    def value(self, outputs: Any, subset: np.ndarray) -> Any:
        """The value (N,) of a subset (N, M) bool in each row."""


class EverySubset:
    """An output for each of the 2^M subsets, in which item m is the m-th digit from the left (T2DRL, after eq. 31).

    Where subsets have to fit, only those are chosen to which no further item could be added.
    """

    def __init__(self, n_items: int) -> None:
        if n_items > LARGEST_ENUMERATION:
            raise ValueError(f"{n_items} items have 2^{n_items} subsets; at most {LARGEST_ENUMERATION} items")
        self.n_outputs = 2**n_items
        self._digit = 2 ** np.arange(n_items - 1, -1, -1)
        self._subsets = (np.arange(self.n_outputs)[:, None] // self._digit) % 2 == 1

    def best(self, outputs: np.ndarray, sizes: np.ndarray, fitting: bool) -> np.ndarray:
        """See `SubsetValues.best`."""
        if fitting:
            outputs = np.where(self._full(sizes), outputs, -np.inf)
        return self._subsets[outputs.argmax(axis=1)]

    def value(self, outputs: Any, subset: np.ndarray) -> Any:
        """See `SubsetValues.value`."""
        return outputs[np.arange(len(subset)), subset @ self._digit]

    def _full(self, sizes: np.ndarray) -> np.ndarray:
        """Which subsets fit while nothing more does (N, 2^M) bool."""
        room = 1.0 + ROUNDING - sizes @ self._subsets.T
        smallest_left = np.where(self._subsets, np.inf, sizes[:, None, :]).min(axis=2)
        full: np.ndarray = (room >= 0.0) & (smallest_left > room)
        return full


class EveryItem:
    """An output for each item, and one for the empty subset; a subset's value is their sum. The best one is a knapsack's."""

    def __init__(self, n_items: int) -> None:
        self.n_outputs = n_items + 1

    def best(self, outputs: np.ndarray, sizes: np.ndarray, fitting: bool) -> np.ndarray:
        """See `SubsetValues.best`."""
        worth = np.asarray(outputs, np.float64)[:, 1:]
        if not fitting:
            return worth > 0.0
        units = np.ceil(np.asarray(sizes, np.float64) * CAPACITY_UNITS - ROUNDING).astype(np.int64)
        chosen = np.zeros(worth.shape, np.bool_)
        fill_knapsacks(worth, units, CAPACITY_UNITS, chosen)
        return chosen

    def value(self, outputs: Any, subset: np.ndarray) -> Any:
        """See `SubsetValues.value`."""
        return outputs[:, 0] + (outputs[:, 1:] * subset_like(subset, outputs)).sum(1)


def subset_like(subset: np.ndarray, outputs: Any) -> Any:
    """A subset as numbers of the outputs' kind, array or tensor."""
    return outputs.new_tensor(subset) if hasattr(outputs, "new_tensor") else subset.astype(outputs.dtype)


@njit(cache=True)
def fill_knapsacks(worth, units, capacity, chosen):  # type: ignore[no-untyped-def]
    """Mark the most valuable items (N, M) bool that fit ``capacity``, by dynamic programming; ``units`` (N, M) int64 are their sizes."""
    rows, items = worth.shape
    for row in range(rows):
        best = np.zeros(capacity + 1)
        taken = np.zeros((items, capacity + 1), np.bool_)
        for item in range(items):
            size, gain = units[row, item], worth[row, item]
            if gain <= 0.0:
                continue
            for room in range(capacity, size - 1, -1):
                if best[room - size] + gain > best[room]:
                    best[room] = best[room - size] + gain
                    taken[item, room] = True
        room = capacity
        for item in range(items - 1, -1, -1):
            if taken[item, room]:
                chosen[row, item] = True
                room -= units[row, item]
