"""Tests of the joint genetic algorithm of caching."""

import numpy as np
import pytest

from aigcbench.problems.problem import problem_of, score
from aigcbench.scenario import scenario_named
from aigcbench.solver import Limits


def plan(solver, instance, seconds=60.0, **parameters):
    """Score of the decisions, and those of all reports."""
    seen = []
    decisions = solver("ga-joint")(**parameters).plan(
        instance, Limits(wall_seconds=seconds), np.random.default_rng(0),
        lambda found, bound=None: seen.append(score(instance, found).primary),
    )  # fmt: skip
    return score(instance, decisions).primary, seen


def test_near_the_optimum_of_a_tiny_instance(solver):
    """It gets within two percent of the proven bound, and reports nothing worse on the way."""
    instance = scenario_named("caching/tiny").instance(0)
    cost, seen = plan(solver, instance, generations=100)
    best = problem_of(instance).bound(instance, 5.0).value
    assert best <= cost == seen[-1] <= 1.02 * best
    assert seen == sorted(seen, reverse=True)


def test_better_than_caching_what_is_popular(solver, play):
    """A few generations beat the most popular models with equal shares."""
    instance = scenario_named("caching/mixed").instance(0)
    equal = score(instance, play(solver("static-popular")(), instance).decisions).primary
    assert plan(solver, instance, generations=3)[0] < equal


def test_deadline_ends_it(solver):
    """The time limit ends the evolution, whatever the generations."""
    instance = scenario_named("caching/tiny").instance(0)
    assert np.isfinite(plan(solver, instance, seconds=0.2, generations=10**6)[0])


def test_a_seed_repeats(solver):
    """The same generator gives the same plan."""
    instance = scenario_named("caching/tiny").instance(1)
    assert plan(solver, instance, generations=5)[1] == pytest.approx(plan(solver, instance, generations=5)[1], abs=0)
