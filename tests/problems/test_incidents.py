"""What goes wrong in legal decisions."""

import re

import numpy as np
import pytest

from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named


def judged(scenario, decisions_of):
    """Incidents of decisions on a scenario's first instance by their constraint, its metrics, and the instance."""
    instance = scenario_named(scenario).instance(0)
    problem = problem_of(instance)
    decisions = decisions_of(instance)
    found = {incident.constraint: incident for incident in problem.incidents(instance, decisions)}
    return found, problem.check(instance, decisions), instance


def first_action(name, lengths):
    """Decides the first action for every request."""
    return lambda instance: {name: np.zeros(len(instance[lengths]), np.int64)}


def test_a_crash_names_task_server_and_steps():
    """Each crash counts; the worst says how many steps were wanted where how many were free."""
    found, metrics, instance = judged("assignment/asp-paper", first_action("service", "task_arrival"))
    crash = found["server capacity"]
    assert crash.count == metrics["server_crashes"] > 0
    task, server = map(int, re.fullmatch(r"task (\d+) on server (\d+)", crash.where).groups())
    wanted, free, lost = map(
        int, re.match(r"(\d+) steps wanted, (\d+) free; running tasks lost: (\d+)", crash.amount).groups()
    )
    assert server == instance["service_server"][0]
    assert wanted == instance["task_steps"][task] > free
    assert lost > 0


def test_a_flow_names_what_it_lacked():
    """All flows on one gateway are blocked by its bandwidth, as often as the metrics say."""
    found, metrics, instance = judged("flow/paper", first_action("action", "flow_slot"))
    rates = {
        "gateway bandwidth": "blocked_bandwidth_rate",
        "compute units": "blocked_compute_rate",
        "deadline": "late_rate",
    }
    for constraint, rate in rates.items():
        count = found[constraint].count if constraint in found else 0
        assert count == round(metrics[rate] * len(instance["flow_slot"]))
    blocked = found["gateway bandwidth"]
    assert blocked.where.endswith("on gateway 0")
    required, free = map(float, re.match(r"([\d.]+) Mbit/s required, ([\d.]+) free", blocked.amount).groups())
    assert free < required


def test_without_compute_units():
    """The strongest level for every flow, spread over the gateways, uses up the compute units."""

    def strongest(instance):
        gateways, levels = len(instance["gateway_capacity"]), len(instance["level_units"])
        return {"action": np.arange(len(instance["flow_slot"])) % gateways * levels + levels - 1}

    found, metrics, _ = judged("flow/x4", strongest)
    assert metrics["blocked_compute_rate"] > 0
    wanted, free = map(int, re.match(r"(\d+) units wanted, (\d+) free", found["compute units"].amount).groups())
    assert free < wanted


def test_a_missed_slot_names_user_and_model():
    """Without a cache every request goes to the cloud; those that take longer than a slot are counted."""

    def nothing_cached(instance):
        request, models = instance["request"], len(instance["model_storage"])
        equal = np.full(request.shape, 1.0 / request.shape[2])
        return {
            "cache": np.zeros((len(request), models), np.int64),
            "bandwidth": equal,
            "steps": np.zeros(request.shape),
        }

    found, metrics, instance = judged("caching/paper", nothing_cached)
    missed = found["slot length"]
    assert missed.count == round(metrics["deadline_miss_rate"] * instance["request"].size) > 0
    assert re.fullmatch(r"user \d+ in frame \d+, slot \d+", missed.where)
    assert missed.amount.endswith("not cached")


@pytest.mark.parametrize("scenario", ["offloading/tiny"])
def test_nothing_can_go_wrong(scenario):
    """Where every request is served in the end there are no incidents."""
    found, _, _ = judged(scenario, first_action("station", "task_work"))
    assert found == {}
