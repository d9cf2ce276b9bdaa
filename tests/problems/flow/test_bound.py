"""Bounds on the weighted completion rate against proven optima."""

import numpy as np
import pytest

from aigcbench.problems.flow import bound as bounds
from aigcbench.problems.flow.exhaustive import best_sequence
from aigcbench.problems.flow.program import modes_of


@pytest.mark.parametrize("seed", range(40))
def test_every_bound_is_above_the_optimum(seed, small_flow_instance):
    """Each method's bound is no less than the optimum, ten instances a seed."""
    rng = np.random.default_rng(seed)
    for _ in range(10):
        instance = small_flow_instance(rng, n_flows=int(rng.integers(1, 8)))
        optimum = best_sequence(instance)[0]
        assert bounds.knapsack_bound(instance, modes_of(instance)).value >= optimum
        assert bounds.bound(instance, 0.5).value >= optimum
