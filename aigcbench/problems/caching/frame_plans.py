"""The best decisions of every frame so far, for planners that improve them one frame after another."""

from __future__ import annotations

import math

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.caching.model import sizes_of
from aigcbench.problems.caching.simulator import slot_costs
from aigcbench.solver import Decisions, Incumbent

SECONDS_BETWEEN_REPORTS = 0.5


class FramePlans:
    """Keeps each frame's best cache and shares, and reports them all together.

    Frames do not influence one another, so that the mean of their costs is the cost and the mean of bounds on them is a bound. The first
    decisions cache nothing and share the band equally, which is always legal.

    Parameters
    ----------
    instance
        What is planned.
    incumbent
        Where better decisions are reported.

    Attributes
    ----------
    cost, bound
        Of each frame, mean over its requests (float64, frames).
    """

    def __init__(self, instance: Instance, incumbent: Incumbent) -> None:
        frames, slots, users, models = sizes_of(instance)
        self._incumbent = incumbent
        self._cache = np.zeros((frames, models), np.int64)
        self._bandwidth = np.full((frames, slots, users), 1.0 / users)
        self._steps = np.zeros((frames, slots, users))
        self.cost = slot_costs(instance, self._cache, self._bandwidth, self._steps).mean(axis=1)
        self.bound = np.full(frames, -math.inf)
        self.report()

    @property
    def decisions(self) -> Decisions:
        """Decisions of all frames, as they stand now."""
        return {"cache": self._cache.copy(), "bandwidth": self._bandwidth.copy(), "steps": self._steps.copy()}

    def offer(self, frame: int, cost: float, cache: np.ndarray, bandwidth: np.ndarray, steps: np.ndarray) -> None:
        """Keep a frame's decisions (models), (slots, users), (slots, users) if they cost less, and report them now and then."""
        if cost >= self.cost[frame]:
            return
        self.cost[frame] = cost
        self._cache[frame], self._bandwidth[frame], self._steps[frame] = cache, bandwidth, steps
        if self._quiet.passed:
            self.report()

    def tighten(self, frame: int, bound: float) -> None:
        """Take note of a lower bound on a frame's cost; the tightest counts."""
        self.bound[frame] = max(self.bound[frame], bound)

    def report(self) -> None:
        """Report the decisions, with the bound that all frames have together."""
        bound = float(self.bound.mean())
        self._incumbent(self.decisions, bound if math.isfinite(bound) else None)
        self._quiet = Deadline(SECONDS_BETWEEN_REPORTS)
