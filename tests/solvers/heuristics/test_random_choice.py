"""Tests of the random policy."""

import numpy as np


def draws_of(policy, context, observation, seed, count):
    """The services that a policy draws after a reset with ``seed``."""
    policy.reset(context, np.random.default_rng(seed))
    return np.array([policy.act(observation) for _ in range(count)])


def test_services_are_equally_likely_and_independent(solver, context, observe):
    """Single services and pairs of successive ones pass a chi-square test at the 0.1 % level."""
    known = context()
    draws = draws_of(solver("random")(), known, observe(known.layout, "online"), 1, 16_000)
    single = np.bincount(draws, minlength=4)
    pairs = np.bincount(4 * draws[:-1:2] + draws[1::2], minlength=16)
    assert ((single - 4000) ** 2 / 4000).sum() < 16.3  # 3 degrees of freedom
    assert ((pairs - 500) ** 2 / 500).sum() < 37.7  # 15 degrees of freedom


def test_draws_depend_on_the_seed_alone(solver, context, observe):
    """Other seeds give other streams; what is observed, a full fleet included, changes nothing."""
    known, policy = context(reject_allowed=True), solver("random")()
    empty = observe(known.layout, "online", free_steps=[100, 100], task_steps=50)
    full = observe(known.layout, "online", free_steps=[0, 0], task_steps=50)
    first = draws_of(policy, known, empty, 1, 200)
    np.testing.assert_array_equal(draws_of(policy, known, full, 1, 200), first)
    assert (draws_of(policy, known, empty, 2, 200) != first).any()
    assert set(first) == {0, 1, 2, 3}
