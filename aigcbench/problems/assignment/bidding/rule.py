"""A price rule and the servers that it places tasks on, in arrays; see `kernels` for what it decides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aigcbench.problems.assignment.bidding.kernels import (
    BEND,
    BENDS,
    FLATTEST,
    FREED,
    KNOT,
    MARGIN,
    SHAPE_SIZE,
    Fleet,
)


@dataclass(frozen=True, eq=False)
class PriceRule:
    """Prices and how they bend.

    Parameters
    ----------
    prices
        float64 (servers,), utility per step and second; all 0 makes the prophet's rule.
    shape
        float64 (9,): ``KNOT``: knots of phi in steps (2); ``BEND``: by how much its slope, 1 at last, is lower before each knot
        (2); ``PULL``: by how much the multiplier falls when the free share of all capacity, weighted by prices, rises by 1;
        ``CENTRE``: the share where it is 1; where rejection is forbidden, ``MARGIN``: the utility that a deliberate crash must
        gain, and ``FREED``: the weight of the capacity that it frees; ``FLATTEST``: the lowest slope of phi.
    """

    prices: np.ndarray
    shape: np.ndarray


def plain_rule(prices: np.ndarray, max_steps: float) -> PriceRule:
    """The plain bid price: linear phi, no multiplier, crashes only where nothing has room."""
    shape = np.zeros(SHAPE_SIZE)
    shape[KNOT:BEND] = np.array(BENDS) * max_steps
    shape[MARGIN], shape[FREED], shape[FLATTEST] = np.inf, 1.0, 1.0
    return PriceRule(prices, shape)


def empty_fleet(capacity: np.ndarray, slots: int) -> Fleet:
    """Servers with nothing running and room in the arrays for ``slots`` tasks on each."""
    shape, capacity = (len(capacity), slots), capacity.astype(np.float64)
    end, steps, gain = np.zeros((3, *shape))
    risk, held = np.zeros((2, len(capacity)))
    return Fleet(capacity, capacity.copy(), np.zeros(len(capacity), np.int64), end, steps, gain, risk, held)


def widened(fleet: Fleet) -> Fleet:
    """The same servers with arrays of twice the slots."""
    return fleet._replace(
        **{
            name: np.concatenate([getattr(fleet, name), np.zeros_like(getattr(fleet, name))], axis=1)
            for name in ("end", "steps", "gain")
        }
    )
