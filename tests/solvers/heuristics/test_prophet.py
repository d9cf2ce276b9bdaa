"""Tests of the prophet policy."""

import numpy as np
import pytest


@pytest.mark.parametrize(
    ("free_steps", "utility", "reject_allowed", "expected"),
    [
        pytest.param([50, 50], [0.1, 0.4, 0.9, 0.2], False, 2, id="best-utility"),
        pytest.param([50, 50], [0.1, 0.9, 0.2, 0.9], False, 1, id="tie-to-lowest-service"),
        pytest.param([50, 49], [0.1, 0.4, 0.9, 0.2], False, 1, id="best-has-no-room"),
        pytest.param([50, 49], [-0.3, -0.4, 0.9, 0.2], True, 0, id="negative-utility-is-taken"),
        pytest.param([49, 49], [0.1, 0.4, 0.9, 0.2], False, 0, id="no-room-no-rejection"),
        pytest.param([49, 49], [0.1, 0.4, 0.9, 0.2], True, -1, id="no-room-rejection"),
    ],
)
def test_takes_the_best_utility_among_services_with_room(
    solver, context, observe, free_steps, utility, reject_allowed, expected
):
    """A task of 50 steps goes to the service with the best utility whose server has 50 steps free."""
    known, policy = context("informed", reject_allowed=reject_allowed), solver("prophet")()
    policy.reset(known, np.random.default_rng(0))
    observation = observe(known.layout, "informed", free_steps=free_steps, task_steps=50, utility=utility)
    assert policy.act(observation) == expected
