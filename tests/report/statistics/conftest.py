"""What the tests of statistics share."""

import numpy as np
import pytest


@pytest.fixture
def rng():
    """A fixed generator."""
    return np.random.default_rng(1)
