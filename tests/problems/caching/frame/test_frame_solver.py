"""The frame solver against the enumeration of all caches."""

import itertools

import numpy as np
import pytest

from aigcbench.problems.caching.checker import check
from aigcbench.problems.caching.frame.search import SearchLimits
from aigcbench.problems.caching.frame.solver import optimal_frame
from aigcbench.problems.caching.slot.solver import UNDECIDED, slot_bound, solve_frame, solve_slot
from aigcbench.problems.caching.slot.terms import terms_of
from aigcbench.scenario import scenario_named

NODES = 10**5
MODELS, SLOTS, USERS = 5, 3, 6


@pytest.fixture
def random_frame(caching_instance):
    """Draws an instance of one frame in which storage, steps, band and deadlines may all bind."""

    def draw(seed):
        rng = np.random.default_rng(seed)
        fleet = [
            (rng.uniform(2, 10), rng.uniform(2, 10), rng.uniform(20, 100), rng.uniform(80, 150), rng.uniform(120, 200),
             rng.uniform(0, 70), rng.uniform(0.01, 0.3), rng.uniform(0, 10))
            for _ in range(MODELS)
        ]  # fmt: skip
        requests = [
            [(int(rng.integers(MODELS)), rng.uniform(2, 10), 10.0 ** rng.uniform(-12, -7)) for _ in range(USERS)]
            for _ in range(SLOTS)
        ]
        scalars = {
            "storage_gb": rng.uniform(5, 30),
            "slot_s": rng.uniform(15, 60),
            "deadline_penalty": rng.choice([0.0, 10.0, 100.0]),
            "total_steps": rng.uniform(200, 1000),
            "uplink_mhz": rng.uniform(3, 20),
        }
        return caching_instance(fleet, [requests], **scalars)

    return draw


def all_caches(instance):
    """Every cache that fits (int64, caches x models)."""
    caches = np.array(list(itertools.product([0, 1], repeat=len(instance["model_storage"]))), np.int64)
    return caches[caches @ instance["model_storage"] <= instance.parameters["storage_gb"]]


def cost_of_cache(terms, cache):
    """Mean cost of frame 0 with a cache, every slot at its optimum."""
    _, slots, users = terms.request.shape
    cost, _ = solve_frame(terms, 0, cache, NODES, np.empty((slots, users)), np.empty((slots, users)))
    return cost / slots


@pytest.mark.parametrize("seed", range(40))
def test_equal_to_the_enumeration_of_all_caches(random_frame, seed):
    """The cost is that of the best of all caches, and the checker confirms it."""
    instance = random_frame(seed)
    terms = terms_of(instance)
    best = optimal_frame(terms, 0, instance["model_storage"], instance.parameters["storage_gb"])
    assert best.cost == pytest.approx(min(cost_of_cache(terms, cache) for cache in all_caches(instance)), rel=1e-9)
    assert best.bound == pytest.approx(best.cost, rel=1e-9)
    decisions = {"cache": best.cache[None], "bandwidth": best.bandwidth[None], "steps": best.steps[None]}
    assert check(instance, decisions)["cost"] == pytest.approx(best.cost, rel=1e-9)


@pytest.mark.parametrize("name", ["paper", "calibrated", "storage-32"])
def test_equal_to_the_enumeration_at_paper_size(name):
    """The same with the paper's ten models."""
    instance = scenario_named(f"caching/{name}").instance(3)
    terms = terms_of(instance)
    best = optimal_frame(terms, 0, instance["model_storage"], instance.parameters["storage_gb"])
    assert best.cost == pytest.approx(min(cost_of_cache(terms, cache) for cache in all_caches(instance)), rel=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_bounds_hold_when_the_search_is_cut_short(random_frame, seed):
    """After a few nodes the bound is no higher than the optimum, and the cost, which the checker confirms, no lower."""
    instance = random_frame(seed)
    terms, storage, capacity = terms_of(instance), instance["model_storage"], instance.parameters["storage_gb"]
    optimum = optimal_frame(terms, 0, storage, capacity).cost
    for nodes, caches in itertools.product((0, 1, 5, 7, 12, 30, 10**9), (1, 2)):
        for slot_nodes in (1, 3):
            cut = optimal_frame(terms, 0, storage, capacity, SearchLimits(nodes, caches, slot_nodes))
            assert cut.bound <= optimum * (1 + 1e-9) <= cut.cost * (1 + 2e-9)
            decisions = {"cache": cut.cache[None], "bandwidth": cut.bandwidth[None], "steps": cut.steps[None]}
            assert check(instance, decisions)["cost"] == pytest.approx(cut.cost, rel=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_slot_bound_of_a_partial_cache(random_frame, seed):
    """The bound with undecided models is no higher than the optimum of any cache that completes them."""
    terms, rng = terms_of(random_frame(seed)), np.random.default_rng(seed)
    partial = rng.choice([0, 1, UNDECIDED], size=MODELS, p=[0.25, 0.25, 0.5])
    bound = slot_bound(terms, 0, 0, partial)
    for choice in itertools.product([0, 1], repeat=int((partial == UNDECIDED).sum())):
        cache = partial.copy()
        cache[partial == UNDECIDED] = choice
        assert bound <= solve_slot(terms, 0, 0, cache, NODES, np.empty(USERS), np.empty(USERS))[0] * (1 + 1e-10)
