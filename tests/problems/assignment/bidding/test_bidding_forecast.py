"""Tests of forecasts of demand."""

import dataclasses

import numpy as np
import pytest

from aigcbench.problems.assignment.bidding.forecast import MOST_TASKS, demand_of, observed_demand, scenario_demand
from aigcbench.problems.assignment.model import context_of
from aigcbench.scenario import scenario_named


def context_named(name, **changes):
    return context_of(dataclasses.replace(scenario_named("assignment/asp-paper").instance(0), scenario=name), "online")


def test_demand_of_tells_kinds_apart():
    """Equal tasks are one kind, whatever episode they are in, and each task keeps its own."""
    tasks = [np.array([[10, 5.0, 0], [20, 7.0, 1]]), np.array([[10, 5.0, 0]])]
    demand = demand_of([np.array([0.0, 3.0]), np.array([1.0])], tasks, 9.0, 9.0)
    np.testing.assert_array_equal(demand.first, [0, 2, 3])
    np.testing.assert_array_equal(demand.arrival, [0.0, 3.0, 1.0])
    rows = np.stack([demand.steps, demand.runtime, demand.type], axis=1)
    np.testing.assert_array_equal(rows[demand.kind], np.concatenate(tasks))
    assert len(rows) == 2


def test_scenario_demand_has_the_scenarios_rate_and_sizes():
    """Forecast episodes of asp-paper have about 1000 tasks of 100 to 250 steps in 10^6 s."""
    demand = scenario_demand(context_named("assignment/asp-paper"), np.random.default_rng(0))
    assert demand.window == demand.horizon == 1e6
    assert np.diff(demand.first).mean() == pytest.approx(1000, rel=0.05)
    np.testing.assert_array_equal(demand.steps, np.arange(100, 260, 10))


def test_forecasts_differ_between_streams_and_not_within():
    """Forecast seeds are drawn from the passed generator."""
    context = context_named("assignment/asp-tiny")
    first, again, other = (scenario_demand(context, np.random.default_rng(seed)).arrival for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_huge_scenarios_are_cut_off():
    """A forecast of a scenario of a million tasks stays small, and knows how long the truth goes on."""
    instance = scenario_named("assignment/asp-paper").instance(0)
    context = context_of(
        dataclasses.replace(
            instance, scenario="assignment/asp-stress3", parameters=dict(instance.parameters) | {"horizon_s": 4e8}
        ),
        "online",
    )
    demand = scenario_demand(context, np.random.default_rng(0))
    assert np.diff(demand.first).max() < 1.1 * MOST_TASKS
    assert demand.window < demand.horizon == 4e8


@pytest.mark.parametrize("name", ["custom", "assignment/never-heard-of"])
def test_unknown_scenarios_have_no_forecast(name):
    """Without a scenario there is nothing to draw from."""
    assert scenario_demand(context_named(name), np.random.default_rng(0)) is None


def test_observed_demand_repeats_what_was_seen():
    """100 requests in 1000 s make about 1000 in 10 000 s, each one of those seen."""
    seen = np.column_stack([np.arange(100) % 3 * 10 + 10, np.full(100, 5.0), np.arange(100) % 2])
    demand = observed_demand(seen, 1000.0, 10_000.0, np.random.default_rng(0))
    assert np.diff(demand.first).mean() == pytest.approx(1000, rel=0.05)
    assert set(demand.steps) == {10.0, 20.0, 30.0}
    assert demand.arrival.max() <= demand.window == 10_000.0
