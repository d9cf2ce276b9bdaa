"""Speed of the exact caching solvers. A step is one slot, or one frame of ten slots with its cache.

The tail over slots, in CPU time, is in the stored JSON (``extra_info``) and printed with ``-s``.
"""

import time

import numpy as np
import pytest

from aigcbench.problems.caching.frame.solver import optimal_frame
from aigcbench.problems.caching.slot.solver import MAXIMUM_NODES, solve_slot
from aigcbench.problems.caching.slot.terms import terms_of
from aigcbench.scenario import scenario_named

SCENARIOS = ("paper", "users-14", "users-18", "storage-32", "calibrated")
INSTANCES = 10


def slots_with_caches(name):
    """Every slot of some instances, with a cache of its frame that is filled at random."""
    rng = np.random.default_rng(0)
    for seed in range(INSTANCES):
        instance = scenario_named(f"caching/{name}").instance(seed)
        terms, storage = terms_of(instance), instance["model_storage"]
        for frame in range(terms.request.shape[0]):
            cache, room = np.zeros(len(storage), np.int64), instance.parameters["storage_gb"]
            for model in rng.permutation(len(storage)):
                if storage[model] <= room:
                    cache[model], room = 1, room - storage[model]
            for slot in range(terms.request.shape[1]):
                yield terms, frame, slot, cache


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_slot(throughput, benchmark, scenario):
    """The optimum of one slot with a random cache."""
    slots = list(slots_with_caches(scenario))
    users = slots[0][0].request.shape[2]
    bandwidth, steps = np.empty(users), np.empty(users)

    def solve(terms, frame, slot, cache):
        start = time.process_time_ns()
        solve_slot(terms, frame, slot, cache, MAXIMUM_NODES, bandwidth, steps)
        return (time.process_time_ns() - start) / 1e6

    throughput(lambda: [solve(*slot) for slot in slots], len(slots))
    tail = np.percentile([solve(*slot) for slot in slots], [50, 90, 99, 100])
    benchmark.extra_info |= dict(zip(("p50_ms", "p90_ms", "p99_ms", "max_ms"), tail.round(3).tolist(), strict=True))
    print(
        f"\n{scenario}: CPU ms per slot, median {tail[0]:.3f}, p90 {tail[1]:.3f}, p99 {tail[2]:.3f}, max {tail[3]:.3f}"
    )


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_frame(throughput, scenario):
    """The optimal cache of a frame, every slot of it at its optimum."""
    instance = scenario_named(f"caching/{scenario}").instance(0)
    terms, storage, capacity = terms_of(instance), instance["model_storage"], instance.parameters["storage_gb"]
    frames = range(terms.request.shape[0])
    throughput(lambda: [optimal_frame(terms, frame, storage, capacity) for frame in frames], len(frames))
