"""Flow instances from traces."""

import numpy as np
import pytest

from aigcbench.problems.flow.trace import from_requests, horizon_s, mean_rate
from aigcbench.scenario import scenario_named
from aigcbench.traces.requests import Requests

SCENARIO = scenario_named("flow/paper")


def instance_of(arrival, relative, span_s=0.05):
    """Scalars and arrays of requests whose quantities are relative to the trace's mean, in the paper's scenario."""
    values, codes = np.array(relative), np.zeros(len(arrival), np.int64)
    trace = Requests(span_s, np.array(arrival), values, values, values, values, codes, codes)
    return from_requests(trace, SCENARIO.parameters, SCENARIO.fleet, SCENARIO.random_stream(0))


def test_arrivals_become_slots():
    """Slots of 0.01 s; the last one holds what rounding would put behind it."""
    scalars, arrays = instance_of([0.0, 0.019, 0.02, 0.05], [1.0, 1.0, 1.0, 1.0])
    assert scalars["n_slots"] == 5
    assert arrays["flow_slot"].tolist() == [0, 1, 2, 4]


def test_rates_follow_the_input_within_the_scenarios_interval():
    """Relative 1 is 10.5 Mbit/s; the data is what the flow sends at its rate in 30 to 60 % of its deadline."""
    _, arrays = instance_of([0.0, 0.01, 0.02], [1.0, 0.01, 9.0])
    np.testing.assert_allclose(arrays["flow_rate"], [10.5, 1, 20])
    share = arrays["flow_data"] / (arrays["flow_rate"] * arrays["flow_deadline"])
    assert np.all((share >= 0.3 - 1e-12) & (share <= 0.6 + 1e-12))


def test_work_keeps_its_tail_and_decides_the_type():
    """Relative 1 is the mean over text, image and 3D scene; the type is the one whose interval is nearest."""
    mean = np.mean([2.5, 25, 70])
    work = np.array([2.0, 6.9, 7.1, 40.0, 41.0, 650.0, 0.0])
    scalars, arrays = instance_of(np.arange(7) * 0.001, work / mean)
    np.testing.assert_allclose(arrays["flow_work"][:6], work[:6])
    assert arrays["flow_work"][6] > 0
    assert arrays["flow_type"].tolist() == [0, 0, 1, 1, 2, 2, 0]
    assert scalars["max_work_gflop"] == arrays["flow_work"].max()


@pytest.mark.parametrize(("name", "rate"), [("flow/paper", 100.0), ("flow/x2", 200.0), ("flow/flows-500", 50.0)])
def test_rate_is_that_of_the_scenario(name, rate):
    """By users, or by the fixed number of flows, over 10 s."""
    parameters = scenario_named(name).parameters
    assert mean_rate(parameters) == pytest.approx(rate)
    assert horizon_s(parameters) == pytest.approx(10.0)
