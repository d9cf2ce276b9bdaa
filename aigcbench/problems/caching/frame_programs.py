"""Planning by a program for each frame: what every such planner does before and after its solver."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.caching.frame_plans import FramePlans
from aigcbench.problems.caching.popularity import cache_by_worth
from aigcbench.problems.caching.slot.solver import MAXIMUM_NODES, solve_frame
from aigcbench.problems.caching.slot.terms import Terms, terms_of
from aigcbench.solver import Decisions, Incumbent

SECONDS_PER_REQUEST = 1e-4  # of exact slots at a given cache, on a slow core
BUILD_SECONDS_PER_REQUEST = 2e-3  # of any of the programs, on a slow core; with less time no program is built

Caches = list[np.ndarray]
SolveFrame = Callable[[Terms, int, np.ndarray, float, np.ndarray, Deadline], tuple[np.ndarray | None, float]]
"""From terms, frame, storage (GB), capacity (GB), a cache to start from and the time there is to the best cache (int64, models; None if
no better one was found) and a lower bound on the frame's cost (minus infinity if there is none)."""


def plan_frames(instance: Instance, seconds: float, incumbent: Incumbent, solve: SolveFrame) -> Decisions:
    """Plan frame after frame within about ``seconds``: caches by ``solve``, shares by the exact slot solver at these caches.

    Every frame starts from the models that are requested most in it, as many as fit.
    """
    deadline = Deadline(seconds)
    plans, terms = FramePlans(instance, incumbent), terms_of(instance)
    storage, capacity = instance["model_storage"], float(instance.parameters["storage_gb"])
    frames, slots, users = terms.request.shape
    affordable = SECONDS_PER_REQUEST * slots * users * frames < seconds
    starts = np.zeros((frames, len(storage)), np.int64)
    for frame in range(frames if affordable else 0):
        count = np.bincount(terms.request[frame].ravel(), minlength=len(storage))
        starts[frame] = cache_by_worth(count, storage, capacity)
        _offer(plans, terms, frame, starts[frame])
    plans.report()
    for frame in range(frames):
        share = Deadline(deadline.left / (frames - frame))
        if share.left < BUILD_SECONDS_PER_REQUEST * slots * users:
            continue
        cache, bound = solve(terms, frame, storage, capacity, starts[frame], share)
        plans.tighten(frame, bound)
        if cache is not None and affordable and cache @ storage <= capacity:  # solvers allow themselves tolerances
            _offer(plans, terms, frame, cache)
    plans.report()
    return plans.decisions


def _offer(plans: FramePlans, terms: Terms, frame: int, cache: np.ndarray) -> None:
    """Offer exact slots at a cache."""
    _, slots, users = terms.request.shape
    bandwidth, steps = np.empty((2, slots, users))
    cost, _ = solve_frame(terms, frame, cache, MAXIMUM_NODES, bandwidth, steps)
    plans.offer(frame, cost / slots, cache, bandwidth, steps)
