"""Tests of the search for a price rule."""

import numpy as np
import pytest

from aigcbench.problems.assignment.bidding.forecast import demand_of
from aigcbench.problems.assignment.bidding.search import FLUID_DEMAND, FLUID_DISCOUNT, Market, find_rule, fluid_prices


def market_of(rate, capacity, utility, episodes=6, horizon=10_000.0, reject_allowed=True):
    """Tasks of 10 steps and 100 s at ``rate`` 1/s on servers of one service each."""
    arrival = np.arange(0.0, horizon, 1 / rate)
    tasks = np.tile([10.0, 100.0, 0.0], (len(arrival), 1))
    demand = demand_of([arrival] * episodes, [tasks] * episodes, horizon, horizon)
    return Market(demand, np.array([utility]), np.array(capacity), 10.0, reject_allowed)


def test_ample_capacity_is_free():
    """Where all tasks fit on the best server, no server has a price."""
    np.testing.assert_allclose(fluid_prices(market_of(0.01, [1000, 1000], [0.9, 0.5])), 0.0, atol=1e-9)


def test_fluid_prices_are_differences_to_the_next_best():
    """A full server that is worth 0.4 more than one with room costs 0.4 for the 10 x 100 step-seconds of a task."""
    prices = fluid_prices(market_of(0.1, [50, 1000], [0.9, 0.5]))
    mean_seconds = 100 - 100**2 / (2 * 10_000)
    assert prices / FLUID_DISCOUNT == pytest.approx([0.4 / (10 * mean_seconds), 0.0], rel=0.02, abs=1e-7)
    assert FLUID_DEMAND > 1


def test_search_does_not_depend_on_anything_but_its_stream():
    """Equal generators find equal rules."""
    market = market_of(0.2, [60, 90], [0.9, 0.5])
    first, again = (find_rule(market, 1e6, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(first.prices, again.prices)
    np.testing.assert_array_equal(first.shape, again.shape)


def test_without_work_the_rule_is_that_of_the_fluid_program():
    """No evaluations, no search."""
    market = market_of(0.2, [60, 90], [0.9, 0.5])
    rule = find_rule(market, 0, np.random.default_rng(0))
    np.testing.assert_array_equal(rule.prices, fluid_prices(market))


@pytest.mark.parametrize("capacity", [[0], [5], [10**9]])
def test_servers_of_any_size(capacity):
    """Servers that hold nothing or everything get finite prices."""
    rule = find_rule(market_of(0.1, capacity, [0.5], reject_allowed=False), 1e6, np.random.default_rng(0))
    assert np.isfinite(rule.prices).all()


def test_no_demand_no_prices():
    """A forecast without tasks gives the prophet's rule."""
    demand = demand_of([np.empty(0)], [np.empty((0, 3))], 100.0, 100.0)
    market = Market(demand, np.empty((0, 2)), np.array([10, 10]), 10.0, reject_allowed=True)
    np.testing.assert_array_equal(find_rule(market, 1e6, np.random.default_rng(0)).prices, [0.0, 0.0])
