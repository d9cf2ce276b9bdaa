"""Pictures of instances and schedules."""

import json

import numpy as np
import pytest

from aigcbench.problems.picture import mean_load
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named

MOST_BYTES = 200_000
PAPER = ["assignment/asp-paper", "offloading/paper", "caching/paper", "flow/paper"]


def texts(chart):
    """Everything that a chart's specification says, as JSON."""
    return json.dumps(chart.to_dict())


def all_alike(problem, instance):
    """Legal decisions without any thought: the first station, gateway or service for all; nothing cached, equal bands."""
    lengths = problem.n_requests(instance)
    decisions = {}
    for array in problem.decisions:
        if array.shape[0] == "frames":
            request = instance["request"]
            shape = (len(request), len(instance["model_storage"])) if "models" in array.shape else request.shape
            value = 1.0 / request.shape[2] if array.name == "bandwidth" else 0
            decisions[array.name] = np.full(shape, value, array.dtype)
        else:
            decisions[array.name] = np.zeros(lengths, array.dtype)
    return decisions


@pytest.mark.parametrize("scenario", PAPER)
def test_small_enough_for_a_page(scenario):
    """The picture of a paper-size schedule takes less than 200 kB, and carries no ground of its own."""
    instance = scenario_named(scenario).instance(0)
    problem = problem_of(instance)
    decisions = all_alike(problem, instance)
    problem.check(instance, decisions)
    for given in (None, decisions):
        text = texts(problem.picture(instance, given))
        assert len(text) < MOST_BYTES
        assert '"background": "transparent"' in text
    assert texts(problem.picture(instance, decisions)) == texts(problem.picture(instance, decisions))


def test_crashes_are_marked():
    """All tasks on one server crash it; without decisions or crashes there are no marks."""
    instance = scenario_named("assignment/asp-paper").instance(0)
    problem = problem_of(instance)
    decisions = all_alike(problem, instance)
    assert problem.check(instance, decisions)["server_crashes"] > 0
    assert "crash" in texts(problem.picture(instance, decisions))
    assert "crash" not in texts(problem.picture(instance, None))


def test_mean_load_of_intervals():
    """What lasts beyond an interval counts in each by its share."""
    starts = np.array([0.0, 10.0, 20.0])
    load = mean_load(np.array([5.0, 0.0]), np.array([20.0, 40.0]), np.array([2.0, 3.0]), np.array([0, 1]), 2, starts)
    assert load.tolist() == [[1.0, 2.0], [3.0, 3.0]]


@pytest.mark.parametrize("scenario", ["offloading/paper"])
def test_queues_are_those_of_the_checker(scenario):
    """The brightest colour is at the longest queue, in seconds."""
    instance = scenario_named(scenario).instance(0)
    problem = problem_of(instance)
    decisions = all_alike(problem, instance)
    longest = problem.check(instance, decisions)["max_queue"] / instance["station_capacity"][0]
    top = problem.picture(instance, decisions).to_dict()["vconcat"][1]["encoding"]["color"]["scale"]["domain"][1]
    assert top == pytest.approx(longest, rel=0.01)
