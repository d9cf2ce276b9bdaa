"""The optimum of tiny flow instances by search."""

import itertools

import numpy as np
import pytest

from aigcbench.problems.flow import model
from aigcbench.problems.flow.checker import check
from aigcbench.problems.flow.exhaustive import best_sequence, exhaustive_bound, is_tiny


@pytest.mark.parametrize("seed", range(25))
def test_equals_brute_force(seed, small_flow_instance):
    """It is the best score that the checker gives to any sequence, and its actions have it."""
    instance = small_flow_instance(np.random.default_rng(seed), n_flows=4, level_rate=(0.5, 2.0), level_units=(1, 4))
    sequences = itertools.product(range(-1, model.n_actions(instance)), repeat=4)
    optimum = max(check(instance, np.array(actions))["weighted_completion_rate"] for actions in sequences)
    found, actions = best_sequence(instance)
    assert found == optimum == check(instance, actions)["weighted_completion_rate"]
    assert exhaustive_bound(instance).value == optimum


def test_size_decides(small_flow_instance):
    """What counts is the number of sequences."""
    rng = np.random.default_rng(0)
    assert is_tiny(small_flow_instance(rng, n_flows=8))
    assert not is_tiny(small_flow_instance(rng, n_flows=200))
