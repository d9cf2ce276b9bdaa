"""Results of planners with incumbents, beside the usual ones."""

import numpy as np
import pytest


@pytest.fixture
def incumbents(realistic):
    """Two incumbents of every clairvoyant run, then its end at the wall limit."""
    planned = realistic[realistic["information"] == "clairvoyant"]
    return {
        key: np.array([[0.2, 0.5 * score], [1.0, 0.9 * score]])
        for key, score in zip(planned["key"], planned["metric.utility"])
    }
