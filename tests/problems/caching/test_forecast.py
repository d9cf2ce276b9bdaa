"""Tests of forecasts, popularity and what populations cost."""

import numpy as np
import pytest

from aigcbench.observation import Observation
from aigcbench.problems.caching.forecast import Forecast
from aigcbench.problems.caching.popularity import cache_by_worth, zipf
from aigcbench.problems.caching.population import load_slot, observed_slot, population_costs
from aigcbench.problems.caching.simulator import single_state, slot_costs
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named


@pytest.fixture
def instance():
    """A paper instance."""
    return scenario_named("caching/paper").instance(0)


@pytest.fixture
def context(instance):
    """What an informed operator knows of it."""
    return problem_of(instance).context(instance, "informed")


@pytest.mark.parametrize("skewness", [0.0, 0.7])
def test_forecast_requests_follow_zipf(context, skewness):
    """Models are requested nearly as often as expected."""
    terms = Forecast(context, 50, np.random.default_rng(0)).terms(skewness)
    counts = np.bincount(terms.request.ravel(), minlength=10)
    np.testing.assert_allclose(counts, 500 * zipf(10, skewness), atol=1.0)


def test_first_forecast_is_like_the_instance(instance, context):
    """Gains and uploads before anything is seen have the instances' magnitude."""
    terms = Forecast(context, 200, np.random.default_rng(0)).terms(0.5)
    expected = [np.median(scenario_named("caching/paper").instance(seed)["gain"]) for seed in range(5)]
    median = np.median(terms.snr) * context["uplink_mhz"] * 1e6 / 10 ** ((context["user_power_dbm"] + 176) / 10)
    assert 0.5 < median / np.median(expected) < 2.0


def test_past_gains_are_used(instance, context):
    """Once a slot was seen, forecasts have its gains."""
    forecast = Forecast(context, 3, np.random.default_rng(0))
    episode = problem_of(instance).episode(instance, "informed")
    view = Observation(episode.vector, context.layout)
    episode.step(np.zeros(30))
    forecast.remember(view)
    gain = forecast.terms(0.5).snr[0]
    np.testing.assert_allclose(gain, np.tile(gain[:1], (3, 1)))
    np.testing.assert_allclose(gain[0] / gain[0, 0], instance["gain"][0, 0] / instance["gain"][0, 0, 0])


def test_cache_by_worth():
    """The most worthy models that fit, ties to the lower index."""
    np.testing.assert_array_equal(cache_by_worth(np.array([1, 5, 1, 3.0]), np.array([2, 6, 2, 9.0]), 9.0), [1, 1, 0, 0])


def test_population_costs_are_the_simulators(instance, context):
    """A population costs what its members do one by one, for whole frames and for an observed slot."""
    rng = np.random.default_rng(0)
    cache = rng.integers(0, 2, (4, 10))
    bandwidth, steps = rng.random((2, 4, 10, 10)) * 0.1 + 1e-3
    found = population_costs(single_state(instance, 0), 3, cache, bandwidth, steps)
    whole = lambda part: np.broadcast_to(part, (10, *part.shape))  # noqa: E731
    expected = [slot_costs(instance, whole(cache[p]), whole(bandwidth[p]), whole(steps[p]))[3] for p in range(4)]
    np.testing.assert_allclose(found, np.mean(expected, axis=1), rtol=1e-12)

    episode, state = problem_of(instance).episode(instance, "informed"), observed_slot(context)
    episode.step(np.zeros(30))
    load_slot(state, context, Observation(episode.vector, context.layout))
    one = population_costs(state, 0, cache, bandwidth[:, :1], steps[:, :1])
    expected = [slot_costs(instance, whole(cache[p]), whole(bandwidth[p]), whole(steps[p]))[0, 0] for p in range(4)]
    np.testing.assert_allclose(one, expected, rtol=1e-12)
