"""What the learned lottery learns: a vector of settings, and what training instances have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.offloading.pricing.ladder import BINS

KNOTS = 6
RUNGS = 8

# Places in the vector. The first six are those of the price ladder (`solvers/heuristics/price_ladder.py`).
START, FILL, DRAIN, LAST, REACH, EXCESS, TRUST, POSITION = range(8)
FILL_KNOTS = 8
"""What is added to the fill in the course of the episode, linear between knots."""
RUNG_SCALES = FILL_KNOTS + KNOTS
"""Logarithm of a factor on the reach for each rung of the ladder; the last one serves all further ones."""
ORDER = RUNG_SCALES + RUNGS
"""Logarithm of a factor on each station's speed in the order in which stations are given up."""

LADDER = (1.1, 1.193, 0.5915, 1.75, 1.475, 44.33, 3.0, 0.0)
LADDER_STEPS = (0.03, 0.05, 0.1, 0.3, 0.1, 5.0, 1.0, 0.1)
KNOT_STEP, RUNG_STEP, ORDER_STEP = 0.03, 0.08, 0.15


def first_settings(n_stations: int) -> np.ndarray:
    """The price ladder's settings as a vector (float64), with which the search starts."""
    return np.concatenate([LADDER, np.zeros(KNOTS + RUNGS + n_stations)])


def steps(n_stations: int) -> np.ndarray:
    """How far the search first goes in each entry of the vector."""
    parts = [np.array(LADDER_STEPS), np.full(KNOTS, KNOT_STEP), np.full(RUNGS, RUNG_STEP)]
    return np.concatenate([*parts, np.full(n_stations, ORDER_STEP)])


@dataclass(frozen=True)
class Demand:
    """What training instances have in common.

    Parameters
    ----------
    load
        Mean work that arrives per slot, Gcycles.
    by_size
        Share of that work in each of `BINS` equal classes of a task's work, up to the scenario's largest.
    """

    load: float
    by_size: np.ndarray

    @classmethod
    def of(cls, instances: Sequence[Instance]) -> Demand:
        """The mean over instances."""
        works = np.concatenate([instance["task_work"] for instance in instances])
        slots = sum(len(instance["slot_tasks"]) for instance in instances)
        largest = float(instances[0].parameters["max_work_gcycles"])
        classes = np.minimum((works / largest * BINS).astype(np.int64), BINS - 1)
        by_size = np.bincount(classes, weights=works, minlength=BINS)
        return cls(float(works.sum()) / slots, by_size / by_size.sum())
