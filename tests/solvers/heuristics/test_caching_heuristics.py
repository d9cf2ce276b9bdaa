"""Tests of the caching heuristics: RCARS and static popularity."""

import numpy as np
import pytest

from aigcbench.problems.problem import score
from aigcbench.scenario import scenario_named

SCENARIOS = ("tiny", "paper", "mixed", "users-18", "storage-32")


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("name", ["rcars", "static-popular"])
def test_decisions_are_legal_and_equal_shares(solver, play, name, scenario):
    """Bandwidth is equal among users, steps are equal among those whose model is cached, and the checker accepts both."""
    instance = scenario_named(f"caching/{scenario}").instance(0)
    decisions = play(solver(name)(), instance).decisions
    assert np.isfinite(score(instance, decisions).primary)
    hit = np.take_along_axis(decisions["cache"][:, None], instance["request"], -1)
    np.testing.assert_allclose(decisions["bandwidth"], 1 / instance["gain"].shape[2], rtol=1e-15)
    np.testing.assert_allclose(decisions["steps"], hit / np.maximum(hit.sum(-1, keepdims=True), 1), rtol=1e-15)


@pytest.mark.parametrize("name", ["rcars", "static-popular"])
def test_no_further_model_fits(solver, play, name):
    """Every cache is full: each model that is left out is larger than the room that is left."""
    instance = scenario_named("caching/mixed").instance(3)
    for bits in play(solver(name)(), instance).decisions["cache"]:
        room = instance.parameters["storage_gb"] - instance["model_storage"][bits == 1].sum()
        assert room >= 0
        assert (instance["model_storage"][bits == 0] > room).all()


def test_rcars_draws_a_new_cache_in_each_frame(solver, play):
    """Caches differ between frames and seeds, and a seed gives the same ones again."""
    instance = scenario_named("caching/paper").instance(0)
    caches = [play(solver("rcars")(), instance, seed).decisions["cache"] for seed in (1, 1, 2)]
    assert len(np.unique(caches[0], axis=0)) > 3
    np.testing.assert_array_equal(caches[0], caches[1])
    assert (caches[0] != caches[2]).any()


def test_static_popular_caches_the_most_popular_that_fit(solver, play, caching_models):
    """Models are taken in order of popularity, those too large skipped, the same in every frame."""
    decisions = play(solver("static-popular")(), caching_models([6.0, 9.0, 3.0, 2.0])).decisions
    np.testing.assert_array_equal(decisions["cache"], [[1, 0, 1, 0]] * 2)


def test_static_popular_hits_more_than_rcars(solver, play):
    """Over ten paper instances the popular models are requested more often than random ones."""
    hits = {name: [] for name in ("rcars", "static-popular")}
    for seed in range(10):
        instance = scenario_named("caching/paper").instance(seed)
        for name, values in hits.items():
            values.append(score(instance, play(solver(name)(), instance).decisions)["hit_ratio"])
    assert np.mean(hits["static-popular"]) > np.mean(hits["rcars"]) + 0.05


@pytest.fixture
def caching_models():
    """Makes a tiny instance of 10 GB whose models take given GB."""
    tiny = scenario_named("caching/tiny").instance(0)

    def make(storage):
        arrays = dict(tiny.arrays) | {"model_storage": np.array(storage)}
        return type(tiny)("caching", "custom", 0, "test", 0, tiny.parameters, arrays)

    return make
