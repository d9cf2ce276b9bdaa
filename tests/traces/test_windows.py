"""Windows of a trace as instances."""

import numpy as np
import pytest

from aigcbench.errors import InputError
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named
from aigcbench.traces.formats import FORMATS
from aigcbench.traces.windows import Selection, clock_of, instances_of

SCENARIOS = ["assignment/asp-paper", "assignment/orchestration-paper", "offloading/paper", "offloading/paper-code", "flow/paper", "flow/mixed"]  # fmt: skip
ARRIVALS = {"assignment": "task_arrival", "offloading": "task_data", "flow": "flow_slot"}


def count(instance):
    """Number of requests."""
    return len(instance[ARRIVALS[instance.formulation]])


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("trace", ["gentd26", "azure-llm", "csv"])
def test_windows_hold_every_request_once_and_are_valid(read, name, trace):
    """Windows that cover the trace have all its requests; each is an instance of its formulation, seeded by its index."""
    requests, scenario = read(trace), scenario_named(name)
    instances = list(instances_of(requests, scenario, f"{trace}/{name}", Selection(windows=3)))
    assert sum(map(count, instances)) == len(requests)
    assert [(instance.scenario, instance.seed) for instance in instances] == [(f"{trace}/{name}", k) for k in range(3)]
    for instance in instances:
        problem_of(instance).validate(instance, "instance")


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_same_trace_gives_the_same_instances(read, name):
    """Nothing is random but what the scenario's own stream draws."""
    first, second = (
        [i.sha256 for i in instances_of(read("csv"), scenario_named(name), "csv/x", Selection(windows=2))] for _ in "ab"
    )
    assert first == second


def test_the_whole_trace_has_the_scenarios_rate(evenly):
    """Ten requests in 18 s of trace become tasks at the scenario's mean rate, or a multiple of it."""
    scenario = scenario_named("assignment/asp-paper")
    requests = evenly(10, 2.0)
    assert clock_of(requests, scenario, 1.0) == pytest.approx(0.5 / 0.001)
    (instance,) = instances_of(requests, scenario, "x/y", Selection(rate=2.0))
    np.testing.assert_allclose(instance["task_arrival"], np.arange(10) / 0.002)
    assert instance.parameters["horizon_s"] == pytest.approx(10 / 0.002)


def test_a_window_lasts_as_long_as_the_scenario(evenly):
    """Without a duration a window is what the scenario's horizon holds, and no longer than the trace allows."""
    scenario = scenario_named("flow/paper")  # 10 s, 100 flows per s
    long, short = evenly(5000, 1.0), evenly(50, 1.0)
    (instance,) = instances_of(long, scenario, "x/y", Selection())
    assert (count(instance), instance.parameters["n_slots"]) == (1000, 1000)
    instances = list(instances_of(short, scenario, "x/y", Selection(windows=2)))
    assert [(count(i), i.parameters["n_slots"]) for i in instances] == [(25, 25), (25, 25)]


def test_start_and_duration_are_seconds_of_the_trace(evenly):
    """The window is cut from the trace before it is put on the scenario's clock."""
    scenario = scenario_named("assignment/asp-paper")
    chosen = Selection(start_s=3.0, duration_s=4.0, windows=2)
    instances = list(instances_of(evenly(20, 1.0), scenario, "x/y", chosen))
    np.testing.assert_allclose(instances[0]["task_arrival"], np.array([0, 1, 2, 3]) / 0.001)
    assert [count(i) for i in instances] == [4, 4]


def test_empty_windows_are_left_out_and_keep_their_index(evenly):
    """A gap in the trace makes no instance."""
    scenario = scenario_named("assignment/asp-paper")
    gap = evenly(2, 90.0)
    chosen = Selection(duration_s=10.0, windows=10)
    assert [i.seed for i in instances_of(gap, scenario, "x/y", chosen)] == [0, 9]


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (Selection(start_s=20.0), "--start: 20 s; expected less than the trace's 20 s"),
        (Selection(start_s=10.0, duration_s=4.0, windows=3), "3 x 4 s; expected at most 10 s"),
    ],
)
def test_windows_outside_of_the_trace_are_refused(evenly, chosen, words):
    """Nothing is made of what the trace doesn't hold."""
    with pytest.raises(InputError) as caught:
        list(instances_of(evenly(20, 1.0), scenario_named("flow/paper"), "x/y", chosen))
    assert words in str(caught.value)


def test_a_formulation_without_a_mapping_refuses(evenly):
    """Caching has no requests such as these."""
    with pytest.raises(InputError, match="caching makes no instances from traces"):
        list(instances_of(evenly(20, 1.0), scenario_named("caching/paper"), "x/y", Selection()))


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize(("trace", "pattern"), [("gentd26", "gentd26*.csv"), ("azure-llm", "AzureLLM*code*.csv")])
def test_real_traces_become_instances(real_trace, name, trace, pattern):
    """The published files, whole, in four windows."""
    requests, _ = FORMATS[trace].read(real_trace(pattern))
    duration = requests.span_s / 4
    chosen = Selection(duration_s=duration, windows=4)
    instances = list(instances_of(requests, scenario_named(name), f"{trace}/{name}", chosen))
    assert sum(map(count, instances)) == len(requests)
