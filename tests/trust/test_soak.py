"""When a figure of a long run has grown."""

import numpy as np
import pytest
from soak_sampler import Figure

MEMORY = Figure("memory (MB)", 0.03, 3.0)
SAMPLES = 300


@pytest.mark.parametrize(
    ("values", "fresh", "grown"),
    [
        (np.linspace(180, 200, SAMPLES), 180, True),
        (np.linspace(180, 182, SAMPLES), 180, False),
        (np.where(np.arange(SAMPLES) < 150, 180, 190), 180, True),
        (np.where(np.arange(SAMPLES) < 280, 180, 300), 180, False),
        (np.linspace(200, 180, SAMPLES), 180, False),
        (np.linspace(180, 200, SAMPLES), 198, False),
        (np.linspace(180, 200, SAMPLES), 120, True),
    ],
    ids=[
        "leak",
        "within what is allowed",
        "step",
        "late disturbance",
        "shrinks",
        "a fresh driver too",
        "fresh is less",
    ],
)
def test_grown(values, fresh, grown):
    """Growth is more than what is allowed between the tenths and above a fresh driver, and a trend; noise changes nothing."""
    noise = np.random.default_rng(0).normal(0, 0.5, SAMPLES)
    assert MEMORY.grown(values + noise, fresh) is grown
