"""Tests of SCHRS: static caches, shares by a genetic algorithm."""

import numpy as np
import pytest

from aigcbench.problems.caching.slot.solver import optimal_slot
from aigcbench.problems.problem import score
from aigcbench.scenario import scenario_named


@pytest.fixture(scope="module")
def small():
    """A mixed instance of one frame of three slots."""
    instance = scenario_named("caching/mixed").instance(0)
    parts = {name: instance[name][:1] for name in ("skewness", "popularity_state")}
    parts |= {name: instance[name][:1, :3] for name in ("request", "input_size", "gain")}
    return type(instance)("caching", "custom", 0, "test", 0, instance.parameters, dict(instance.arrays) | parts)


@pytest.mark.parametrize("amender", ["paper", "ours"])
def test_between_equal_shares_and_the_optimum(solver, play, small, amender):
    """With the same static cache it costs less than equal shares, and no less than the optimum of the slots."""
    decisions = play(solver("schrs")(amender=amender), small).decisions
    equal = play(solver("static-popular")(), small).decisions
    np.testing.assert_array_equal(decisions["cache"], equal["cache"])
    cost = score(small, decisions).primary
    best = np.mean([optimal_slot(small, 0, k, decisions["cache"][0])[2] for k in range(3)])
    assert best * (1 - 1e-9) <= cost < score(small, equal).primary


def test_paper_amender_uses_up_all_steps(solver, play, small):
    """Steps add up to 1 wherever a requested model is cached, as normalising says."""
    decisions = play(solver("schrs")(generations=3), small).decisions
    hit = np.take_along_axis(decisions["cache"][:, None], small["request"], -1).any(-1)
    np.testing.assert_allclose(decisions["steps"].sum(-1), hit, rtol=1e-12)


def test_more_generations_cost_less(solver, play, small):
    """Evolution goes on."""
    few, many = (score(small, play(solver("schrs")(generations=n), small).decisions).primary for n in (0, 60))
    assert many < few


def test_a_seed_repeats(solver, play, small):
    """The same seed gives the same shares, another one others."""
    shares = [play(solver("schrs")(generations=5), small, seed).decisions["bandwidth"] for seed in (1, 1, 2)]
    np.testing.assert_array_equal(shares[0], shares[1])
    assert (shares[0] != shares[2]).any()
