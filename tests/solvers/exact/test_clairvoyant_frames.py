"""Tests of the clairvoyant optimum of caching."""

import itertools

import numpy as np
import pytest

from aigcbench.problems.caching.slot.solver import optimal_slot
from aigcbench.problems.problem import problem_of, score
from aigcbench.scenario import scenario_named
from aigcbench.solver import Limits


def plan(solver, instance, seconds):
    """Decisions and all reports: (score, bound)."""
    seen = []

    def incumbent(decisions, bound=None):
        seen.append((score(instance, decisions).primary, bound))

    planner = solver("clairvoyant-frames")()
    planner.prepare()
    return planner.plan(instance, Limits(wall_seconds=seconds), np.random.default_rng(0), incumbent), seen


def best_cost(instance):
    """Cost of the best of all caches in every frame, with exact slots."""
    frames, slots, _ = instance["request"].shape
    storage, capacity = instance["model_storage"], instance.parameters["storage_gb"]
    caches = [bits for bits in itertools.product((0, 1), repeat=len(storage)) if storage @ bits <= capacity]
    return np.mean([
        min(np.mean([optimal_slot(instance, f, k, np.array(bits))[2] for k in range(slots)]) for bits in caches)
        for f in range(frames)
    ])  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_no_cache_is_better(solver, seed):
    """On tiny instances it is as good as the best of all caches, and proves it."""
    instance = scenario_named("caching/tiny").instance(seed)
    decisions, seen = plan(solver, instance, 30.0)
    assert score(instance, decisions).primary == pytest.approx(best_cost(instance), rel=1e-9)
    assert seen[-1][1] == pytest.approx(seen[-1][0], rel=1e-8)


@pytest.mark.parametrize(("scenario", "gap"), [("paper", 0.01), ("users-18", 0.03), ("calibrated", 0.01), ("mixed", 0.01)])  # fmt: skip
def test_gap_is_certified(solver, scenario, gap):
    """At paper size it comes within the wanted distance of the problem's own proven bound."""
    instance = scenario_named(f"caching/{scenario}").instance(0, "validation")
    decisions, seen = plan(solver, instance, 40.0)
    assert score(instance, decisions).primary <= (1.0 + gap) * problem_of(instance).bound(instance, 5.0).value
    assert [value for value, _ in seen] == sorted((value for value, _ in seen), reverse=True)


def test_without_time_decisions_are_legal(solver):
    """Where no frame can be searched, the decisions are legal all the same, and nothing is claimed to be proven."""
    instance = scenario_named("caching/paper").instance(0)
    decisions, seen = plan(solver, instance, 1e-3)
    assert score(instance, decisions).primary == seen[-1][0]
    assert seen[-1][1] is None
