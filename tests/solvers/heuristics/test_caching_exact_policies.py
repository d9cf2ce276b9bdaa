"""Tests of the caching policies with exact slots: frequency, recency, forecasts."""

import numpy as np
import pytest

from aigcbench.problems.caching.slot.solver import optimal_slot
from aigcbench.problems.problem import score
from aigcbench.scenario import scenario_named

POLICIES = ("lfu-exact", "lru-exact", "myopic-exact")


def expected_cache(worth, storage, capacity):
    """Models in falling order of worth, each if it fits."""
    bits, room = [0] * len(worth), capacity
    for model in sorted(range(len(worth)), key=lambda m: (-worth[m], m)):
        if storage[model] <= room:
            bits[model], room = 1, room - storage[model]
    return bits


@pytest.mark.parametrize("scenario", ["paper", "mixed", "hard-deadline", "users-18"])
@pytest.mark.parametrize("name", POLICIES)
def test_slots_are_optimal_for_the_cache(solver, play, name, scenario):
    """Decisions are legal, and cost what the exact slot solver reaches with the same caches."""
    instance = scenario_named(f"caching/{scenario}").instance(1)
    decisions = play(solver(name)(), instance).decisions
    frames, slots, _ = instance["request"].shape
    best = [optimal_slot(instance, f, k, decisions["cache"][f])[2] for f in range(frames) for k in range(slots)]
    assert score(instance, decisions).primary == pytest.approx(np.mean(best), rel=1e-9)


@pytest.mark.parametrize(("name", "worth_of"), [
    ("lfu-exact", lambda past, models: [(past == m).sum() for m in range(models)]),
    ("lru-exact", lambda past, models: [max(np.flatnonzero((past == m).any(1)), default=-1) for m in range(models)]),
])  # fmt: skip
def test_cache_follows_past_requests(solver, play, name, worth_of):
    """Every frame caches the models that were requested most often, or last, as many as fit."""
    instance = scenario_named("caching/mixed").instance(2)
    storage, models = instance["model_storage"], len(instance["model_storage"])
    users = instance["request"].shape[2]
    for frame, bits in enumerate(play(solver(name)(), instance).decisions["cache"]):
        past = instance["request"][:frame].reshape(-1, users)
        np.testing.assert_array_equal(bits, expected_cache(worth_of(past, models), storage, instance.parameters["storage_gb"]))  # fmt: skip


@pytest.mark.parametrize("scenario", ["paper", "mixed"])
def test_forecasts_beat_counting(solver, play, scenario):
    """Caching what is optimal for forecast requests costs less than caching what was requested most."""
    cost = {name: [] for name in POLICIES}
    for seed in range(3):
        instance = scenario_named(f"caching/{scenario}").instance(seed)
        for name, values in cost.items():
            values.append(score(instance, play(solver(name)(), instance, seed).decisions).primary)
    assert np.mean(cost["myopic-exact"]) < 0.97 * min(np.mean(cost["lfu-exact"]), np.mean(cost["lru-exact"]))


def test_myopic_is_a_fifth_below_rcars(solver, play):
    """On paper instances it costs at least 20 % less than randomised caching with equal shares."""
    cost = {"rcars": [], "myopic-exact": []}
    for seed in range(10):
        instance = scenario_named("caching/paper").instance(seed)
        for name, values in cost.items():
            values.append(score(instance, play(solver(name)(), instance, seed).decisions).primary)
    assert np.mean(cost["myopic-exact"]) <= 0.8 * np.mean(cost["rcars"])


def test_myopic_repeats_itself(solver, play):
    """A seed gives the same decisions again."""
    instance = scenario_named("caching/mixed").instance(0)
    one, other = (play(solver("myopic-exact")(), instance, 5).decisions for _ in range(2))
    for part, values in one.items():
        np.testing.assert_array_equal(values, other[part])
