"""Tests of the crash-avoid policy."""

import numpy as np
import pytest


@pytest.mark.parametrize(
    ("free_steps", "reject_allowed", "expected"),
    [
        pytest.param([40, 60], False, 2, id="most-free-steps"),
        pytest.param([60, 60], False, 0, id="tie-to-lowest-server"),
        pytest.param([40, 45], False, 2, id="no-room-no-rejection"),
        pytest.param([40, 45], True, -1, id="no-room-rejection"),
        pytest.param([40, 50], True, 2, id="just-fits"),
    ],
)
def test_takes_the_first_service_of_the_roomiest_server(solver, context, observe, free_steps, reject_allowed, expected):
    """A task of 50 steps goes to the first service of the server with the most free steps."""
    known, policy = context(reject_allowed=reject_allowed), solver("crash-avoid")()
    policy.reset(known, np.random.default_rng(0))
    assert policy.act(observe(known.layout, "online", free_steps=free_steps, task_steps=50)) == expected


def test_counts_steps_not_shares(solver, observe, assignment_instance, play):
    """A large server that is half full has more free steps than a small empty one."""
    instance = assignment_instance(
        capacity=[30, 100],
        service_server=[0, 1],
        utility_line=[[0.0, 0.0, 1.0, 1.0]] * 2,
        type_quality=[[0.0]] * 2,
        tasks=[(0.0, 50, 10.0, 0), (1.0, 20, 10.0, 0), (2.0, 20, 10.0, 0)],
    )
    assert play(solver("crash-avoid")(), instance).actions.tolist() == [1, 1, 0]
