"""When a figure of a long run has grown."""

import numpy as np
import pytest
from soak import Figure

MEMORY = Figure("memory (MB)", 0.03, 3.0)
SAMPLES = 300


@pytest.mark.parametrize(
    ("values", "grown"),
    [
        (np.linspace(180, 200, SAMPLES), True),
        (np.linspace(180, 182, SAMPLES), False),
        (np.where(np.arange(SAMPLES) < 150, 180, 190), True),
        (np.where(np.arange(SAMPLES) < 280, 180, 300), False),
        (np.linspace(200, 180, SAMPLES), False),
    ],
    ids=["leak", "within what is allowed", "step", "late disturbance", "shrinks"],
)
def test_grown(values, grown):
    """Growth is more than what is allowed between the tenths, and a trend over the whole run; noise changes nothing."""
    noise = np.random.default_rng(0).normal(0, 0.5, SAMPLES)
    assert MEMORY.grown(values + noise) is grown
