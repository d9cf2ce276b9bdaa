"""The proven optimum of caching, frame by frame."""

from __future__ import annotations

import time

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.deadline import Deadline
from aigcbench.solver import Decisions, Incumbent, Limits, Planner

WALL_SHARE = 0.9  # of the wall limit: a search cannot be stopped
SECONDS_PER_REQUEST = 1e-4  # of the first search, on a slow core; the first search of a frame takes a tenth of it
GROWTH = 8  # of a search's limits and, at most, of its time from one round to the next
ROUNDS = 10
CLOSED = 1e-9  # relative: what a finished search may leave open


class ClairvoyantFrames(Planner):
    """Branch and bound over the caches of each frame with exact slots; searches that are cut short are taken up again with more room."""

    name = "clairvoyant-frames"
    family = "exact"
    formulations = ("caching",)

    def prepare(self) -> None:
        from aigcbench.scenario import scenario_named

        tiny = scenario_named("caching/tiny").instance(0, "train")
        self.plan(tiny, Limits(), np.random.default_rng(0), lambda *_: None)

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        from aigcbench.problems.caching.frame.search import SearchLimits
        from aigcbench.problems.caching.frame.solver import optimal_frame
        from aigcbench.problems.caching.frame_plans import FramePlans
        from aigcbench.problems.caching.slot.terms import terms_of

        deadline = Deadline(WALL_SHARE * limits.wall_seconds)
        plans, terms = FramePlans(instance, incumbent), terms_of(instance)
        storage, room = instance["model_storage"], instance.parameters["storage_gb"]
        frames, slots, users = terms.request.shape
        seconds = np.full(frames, SECONDS_PER_REQUEST * slots * users)  # of each frame's next search
        search = SearchLimits(nodes=10_000, caches=10, slot_nodes=1000)
        open_frames = list(range(frames))
        for _ in range(ROUNDS):
            todo, open_frames = open_frames, []
            for frame in todo:
                if seconds[frame] > deadline.left:
                    continue
                started = time.monotonic()
                found = optimal_frame(terms, frame, storage, room, search)
                seconds[frame] = GROWTH * (time.monotonic() - started)
                plans.offer(frame, found.cost, found.cache, found.bandwidth, found.steps)
                plans.tighten(frame, found.bound)
                if plans.bound[frame] < plans.cost[frame] * (1.0 - CLOSED):
                    open_frames.append(frame)
            search = SearchLimits(*(GROWTH * limit for limit in search))
        plans.report()
        return plans.decisions
