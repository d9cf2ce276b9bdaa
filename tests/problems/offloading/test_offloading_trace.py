"""Offloading instances from traces."""

import numpy as np
import pytest

from aigcbench.problems.offloading.trace import from_requests, horizon_s, mean_rate
from aigcbench.scenario import scenario_named
from aigcbench.traces.requests import Requests

SCENARIO = scenario_named("offloading/paper")


def instance_of(trace):
    """Scalars and arrays in the paper's scenario."""
    return from_requests(trace, SCENARIO.parameters, SCENARIO.fleet, SCENARIO.random_stream(0))


def requests(arrival, user, relative=None):
    """Requests by time and user, all alike or of given run times and sizes relative to the mean."""
    values = np.ones(len(arrival)) if relative is None else np.array(relative)
    types = np.zeros(len(arrival), np.int64)
    return Requests(3.5, np.array(arrival), values, values, values, values, types, np.array(user))


def test_a_user_stays_at_one_station():
    """All requests of a user arrive where he lives; a slot is as long as the scenario says."""
    _, arrays = instance_of(requests([0.0, 0.9, 1.0, 3.4], [7, 7, 7, 7]))
    assert arrays["slot_tasks"].shape == (4, 20)
    assert arrays["slot_tasks"].sum(axis=1).tolist() == [2, 1, 0, 1]
    assert (arrays["slot_tasks"].sum(axis=0) > 0).sum() == 1


def test_tasks_lie_in_order_of_service():
    """Slot, then station, then time."""
    arrival = np.linspace(0, 3.4, 200)
    work = 1.0 + np.arange(200)
    _, arrays = instance_of(requests(arrival, np.arange(200), work))
    counts, place = arrays["slot_tasks"], 0
    assert counts.sum() == 200
    order = arrays["task_work"] / arrays["task_work"].min()
    for slot, station in np.ndindex(counts.shape):
        own = order[place : place + counts[slot, station]]
        assert np.all(np.diff(own) > 0)
        assert np.all(np.floor(arrival[np.rint(own).astype(int) - 1]) == slot)
        place += counts[slot, station]


def test_work_keeps_its_tail_and_sizes_stay_in_range():
    """Relative 1 is the scenario's mean: 8 steps of 0.2048 Gcycles, 3.5 Mbit in, 0.8 Mbit out."""
    scalars, arrays = instance_of(requests([0.0, 1.0, 2.0], [0, 0, 0], [1.0, 0.0, 20.0]))
    np.testing.assert_allclose(arrays["task_work"], np.array([1, 0, 20]) * 8 * 0.2048)
    np.testing.assert_allclose(arrays["task_data"], [3.5, 2, 5])
    np.testing.assert_allclose(arrays["task_result"], [0.8, 0.6, 1.0])
    assert scalars["max_work_gcycles"] == arrays["task_work"].max()


def test_rate_and_horizon_are_those_of_the_scenario():
    """20 stations with 25.5 tasks per slot of 1 s, 60 slots."""
    assert mean_rate(SCENARIO.parameters) == pytest.approx(510.0)
    assert horizon_s(SCENARIO.parameters) == 60.0
