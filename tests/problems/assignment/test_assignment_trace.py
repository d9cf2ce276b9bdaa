"""Assignment instances from traces."""

import numpy as np
import pytest

from aigcbench.problems.assignment.trace import from_requests, horizon_s, mean_rate
from aigcbench.scenario import scenario_named
from aigcbench.traces.requests import Requests


def requests(steps, runtime, types):
    """Requests a second apart, relative to the trace's mean."""
    ones = np.ones(len(steps))
    seconds = np.arange(len(steps)) * 1.0
    return Requests(
        9.0, seconds, np.array(steps), np.array(runtime), ones, ones, np.array(types), np.arange(len(steps))
    )


def test_steps_and_types_stay_in_the_scenario_and_run_times_keep_their_tail():
    """Steps go to the nearest value of the grid; types beyond K share the last; the scale of run times grows with the tail."""
    scenario = scenario_named("assignment/orchestration-paper")  # steps 100 to 240 by 10, K = 4
    trace = requests([0.1, 1.0, 1.04, 9.0], [1.0, 0.5, 0.0, 20.0], [0, 3, 4, 85])
    scalars, arrays = from_requests(trace, scenario.parameters, scenario.fleet, scenario.random_stream(0))
    np.testing.assert_array_equal(arrays["task_steps"], [100, 170, 180, 240])
    np.testing.assert_array_equal(arrays["task_type"], [0, 3, 3, 3])
    np.testing.assert_array_equal(arrays["task_arrival"], [0, 1, 2, 3])
    runtime = arrays["task_runtime"]
    np.testing.assert_allclose(runtime[[1, 3]] / runtime[0], [0.5, 20.0])
    assert runtime[2] > 0
    assert scalars["max_runtime_s"] == runtime[3]
    assert scalars["horizon_s"] == 9.0


def test_means_are_those_of_the_scenario():
    """A trace's mean run time becomes the mean of R(T) over the grid."""
    scenario = scenario_named("assignment/asp-paper")
    _, arrays = from_requests(
        requests([1.0], [1.0], [0]), scenario.parameters, scenario.fleet, scenario.random_stream(0)
    )
    grid = np.arange(100, 251, 10)
    assert arrays["task_runtime"][0] == pytest.approx(60 * np.mean(0.001 * grid**2 + 2.5 * grid - 14))
    assert (mean_rate(scenario.parameters), horizon_s(scenario.parameters)) == (0.001, 1e6)


def test_the_fleet_is_the_scenarios():
    """Servers and services are what the scenario fixes."""
    scenario = scenario_named("assignment/asp-paper")
    _, arrays = from_requests(
        requests([1.0], [1.0], [0]), scenario.parameters, scenario.fleet, scenario.random_stream(0)
    )
    own = scenario.instance(0)
    for name in ("server_capacity", "service_server", "utility_line", "type_quality"):
        np.testing.assert_array_equal(arrays[name], own[name])
