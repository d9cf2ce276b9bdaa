"""The bound on caching's cost: tight where frames are solved, valid where they are not."""

import numpy as np
import pytest

from aigcbench.problems.caching import bound as caching_bound
from aigcbench.problems.caching.bound import bound, generous_terms
from aigcbench.problems.caching.checker import check
from aigcbench.problems.caching.frame.search import SearchLimits
from aigcbench.problems.caching.frame.solver import optimal_frame
from aigcbench.problems.caching.slot.terms import terms_of
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named


def decisions_of(instance, terms):
    """The optimum of every frame of the terms, as decisions."""
    storage, capacity = instance["model_storage"], instance.parameters["storage_gb"]
    frames = [optimal_frame(terms, frame, storage, capacity) for frame in range(terms.request.shape[0])]
    return {name: np.stack([getattr(frame, name) for frame in frames]) for name in ("cache", "bandwidth", "steps")}


@pytest.mark.parametrize("name", ["tiny", "paper", "users-18", "calibrated", "repaint", "mixed", "hard-deadline"])
def test_optimum_attains_the_bound(name):
    """The bound is the cost of the best decisions, just below it."""
    instance = scenario_named(f"caching/{name}").instance(1)
    proven = bound(instance, 30.0)
    cost = check(instance, decisions_of(instance, terms_of(instance)))["cost"]
    assert proven.method == "exact-frames"
    assert proven.value <= cost == pytest.approx(proven.value, rel=1e-6)


def test_tolerances_do_not_beat_the_bound():
    """Decisions that use the checker's tolerances to the full cost less than the optimum, but not less than the bound."""
    instance = scenario_named("caching/calibrated").instance(2)
    terms, cost = terms_of(instance), {}
    wide = terms._replace(deadline=terms.deadline + 1e-9, total_steps=terms.total_steps * (1 + 9e-10))
    for name, given in (("strict", terms), ("wide", wide)):
        decisions = decisions_of(instance, given)
        decisions["steps"] *= given.total_steps / terms.total_steps
        if name == "wide":
            decisions["bandwidth"] *= 1 + 9e-10
            decisions["steps"] = np.where(decisions["steps"] == 0.0, -1e-9, decisions["steps"])
        cost[name] = check(instance, decisions)["cost"]
    assert bound(instance, 30.0).value < cost["wide"] < cost["strict"]
    assert generous_terms(terms).deadline > wide.deadline


@pytest.mark.parametrize("seed", range(3))
def test_bound_without_time_still_holds(monkeypatch, seed):
    """A search that is cut at once bounds by prices, below the optimum and not by much."""
    monkeypatch.setattr(caching_bound, "FIRST_LIMITS", SearchLimits(nodes=0, caches=1))
    instance = scenario_named("caching/mixed").instance(seed)
    proven, exact = bound(instance, 0.0), check(instance, decisions_of(instance, terms_of(instance)))["cost"]
    assert exact * 0.97 < proven.value <= exact


def test_formulation_offers_the_bound():
    """The formulation's own entry gives it."""
    instance = scenario_named("caching/tiny").instance(0)
    problem_of(instance).prepare_bound()
    assert problem_of(instance).bound(instance, 5.0) == bound(instance, 5.0)
