"""Tests of slots that are played in thought: what they find on stations, what they leave behind, what is remembered for them."""

import numpy as np
import pytest

from aigcbench.problems.offloading.pricing import recollection
from aigcbench.problems.offloading.pricing.fixed_point import Market
from aigcbench.problems.offloading.pricing.imagination import Demand, foresee, imagine
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named

QUEUE = np.zeros(3)


@pytest.fixture
def market():
    """Stations of 10, 20 and 40 Gcycles/s, of which nothing else is known."""
    capacity, rate = np.array([10.0, 20.0, 40.0]), np.full(3, 400.0)
    return Market(capacity, rate, capacity.copy(), np.zeros(3), np.zeros(3), *np.zeros((3, 3, 3)))


@pytest.fixture
def demand():
    """One task seen, of 2 Gcycles, and that there were two."""
    return Demand(np.array([[3.0], [2.0], [1.0]]), np.array([2.0]), np.array([12345.0, 67890.0]))


def test_imagined_slots_start_empty_and_fill(market, demand):
    """Before the first station's tasks nothing lies on the others; each later one finds at least as much, the mean of all slots."""
    ahead = np.empty((3, 3))
    imagine(market, QUEUE, demand, 0.0, 0.0, 0.05, 50, ahead)
    assert not ahead[0].any()
    assert (np.diff(ahead, axis=0) >= 0.0).all()
    np.testing.assert_allclose(ahead.sum(axis=1), [0.0, 2.0 * 2.0, 4.0 * 2.0])
    assert not market.placed.any()


@pytest.mark.parametrize(("home", "behind"), [(0, 1 + 2 + 2), (1, 1 + 2), (2, 1)])
def test_foresight_counts_what_is_behind_a_task(market, demand, home, behind):
    """Half of the tasks of its own arrival station, and all those of later ones."""
    later = np.empty(3)
    foresee(market, QUEUE, home, demand, 0.0, 1.0, 5, later)
    assert later.sum() == pytest.approx(behind)


def test_foresight_sees_what_is_placed(market, demand):
    """Who finds a station full goes elsewhere, and the market is left as it was."""
    market.placed[2] = 1000.0
    later = np.empty(3)
    foresee(market, QUEUE, 1, demand, 0.0, 1.0, 5, later)
    assert later[2] == 0.0
    np.testing.assert_array_equal(market.placed, [0.0, 0.0, 1000.0])
    assert not market.sent.any()


@pytest.fixture
def memory():
    """A memory of nothing yet."""
    instance = scenario_named("offloading/tiny").instance(0)
    context = problem_of(instance).context(instance, "online")
    return recollection.new_recollection(context, np.random.default_rng(0), [1.0, 0.05, 8], [7.0], rows=1)


def test_memory_counts_tasks_per_station_and_slot(memory):
    """Tasks are remembered as they come; a new slot or arrival station begins a new number."""
    for slot, home in [(0, 1), (0, 1), (0, 2), (1, 2), (1, 2), (1, 2)]:
        recollection.remember(memory, slot, home, 1.0 + slot, 2.0, 3.0)
    seen = recollection.demand_seen(memory)
    np.testing.assert_array_equal(seen.counts, [2, 1, 3])
    np.testing.assert_array_equal(seen.tasks, [[1, 1, 1, 2, 2, 2], [2] * 6, [3] * 6])
    assert memory[recollection.FURTHER] == 7.0


def test_memory_is_limited(memory):
    """Beyond what is remembered nothing changes."""
    for task in range(recollection.REMEMBERED + 5):
        recollection.remember(memory, task, 0, float(task), 2.0, 3.0)
    seen = recollection.demand_seen(memory)
    np.testing.assert_array_equal(seen.tasks[0], np.arange(recollection.REMEMBERED))
    np.testing.assert_array_equal(seen.counts, np.ones(recollection.REMEMBERED))
