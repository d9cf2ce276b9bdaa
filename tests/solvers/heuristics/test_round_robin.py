"""Tests of the round robin policy."""

import numpy as np


def test_takes_the_services_in_turn_even_when_full(solver, context, observe):
    """Task k goes to service k mod I, and a reset starts again from service 0."""
    known, policy = context(reject_allowed=True), solver("round-robin")()
    full = observe(known.layout, "online", free_steps=[0, 0], task_steps=50)
    for _ in range(2):
        policy.reset(known, np.random.default_rng(0))
        assert [policy.act(full) for _ in range(6)] == [0, 1, 2, 3, 0, 1]
