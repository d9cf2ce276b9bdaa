"""Search for prices with a high lower bound: subgradient steps towards a target level, on ever finer grids."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aigcbench.problems.offloading.bounding.dual import TaskPrices

FIRST_AMBITION, LEAST_AMBITION = 0.12, 1e-4  # how far above the best bound the target lies, relative to it
AMBITION_DECAY = 0.6
PATIENCE = 6  # steps without gain after which the ambition falls and the search returns to its best prices
MOMENTUM = 0.8
TOLERANCE = 1e-6  # in how often a task is served
LARGEST_PRICE = 3.0
"""Over the largest to start with: a limit on the memory that levels take, should a step be far too long."""


def ascend(
    dual: TaskPrices, prices: np.ndarray, points: int, ambition: float
) -> Iterator[tuple[float, np.ndarray, float]]:
    """Yield (lower bound, prices, ambition) at every step, until no more is to be gained on this grid.

    Steps are those of Polyak (1969), the optimum that they need replaced by a target (Goffin and Kiwiel, Math. Programming 85, 1999).

    Parameters
    ----------
    prices
        float64 (tasks,): where to start.
    points
        Grid levels in a slot.
    ambition
        Target over the best bound, relative; falls from step to step.
    """
    found = dual.evaluate(prices, points)
    best, best_prices = found.lower, prices
    yield best, prices, ambition
    ceiling = LARGEST_PRICE * float(prices.max())
    direction, stalled = np.zeros(len(prices)), 0
    while ambition > LEAST_AMBITION:
        direction = MOMENTUM * direction + (1.0 - found.served)
        if np.abs(direction).max() < TOLERANCE:
            return  # every task is served once: these prices are the best
        target = best + ambition * abs(best)
        step = (target - found.lower) * len(prices) / float(direction @ direction)
        prices = np.clip(prices + step * direction, 0.0, ceiling)
        found = dual.evaluate(prices, points)
        stalled += 1
        if found.lower > best:
            if found.lower > best + 0.1 * ambition / PATIENCE * abs(best):
                stalled = 0
            best, best_prices = found.lower, prices
        yield found.lower, prices, ambition
        if stalled >= PATIENCE:
            ambition, stalled, prices = AMBITION_DECAY * ambition, 0, best_prices
            direction = np.zeros(len(prices))
            found = dual.evaluate(prices, points)
