"""Tests of the flow heuristics: both forms decide alike, hand-made cases, and how much they complete."""

from dataclasses import replace

import numpy as np
import pytest

from aigcbench.instance import Instance
from aigcbench.problems.flow import model
from aigcbench.problems.problem import problem_of, score
from aigcbench.scenario import scenario_named

NAMES = (
    "random",
    "round-robin",
    "least-loaded",
    "earliest-deadline",
    "priority-greedy",
    "joint-greedy",
    "slack-admission",
    "price-and-reject",
)
LOADS = (1, 2, 3, 4)


def at_load(scenario, load, seed):
    """An instance at a multiple of the paper's arrivals."""
    drawn = scenario_named(scenario)
    rate = {"flows_per_user_slot": load * drawn.parameters["flows_per_user_slot"]}
    return replace(drawn, parameters=dict(drawn.parameters) | rate).instance(seed, "validation")


def completion(play_compiled, policy, instances, metric):
    """Mean of a completion metric over instances, in percent."""
    judged = [score(instance, play_compiled(policy, instance)) for instance in instances]
    return 100 * np.mean([result[metric] for result in judged])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scenario", ["flow/tiny", "flow/x3", "flow/bursty"])
def test_compiled_form_decides_as_act_does(solver, play, play_compiled, name, scenario):
    """Stepping `act` and running the compiled form in the kernel give the same decisions, and again when reset."""
    instance, policy = scenario_named(scenario).instance(0), solver(name)()
    stepped = play(policy, instance, seed=3)
    np.testing.assert_array_equal(play_compiled(solver(name)(), instance, seed=3)["action"], stepped.actions)
    np.testing.assert_array_equal(play(policy, instance, seed=3).actions, stepped.actions)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("random", (56, 26, 16, 11)),
        ("round-robin", (61, 26, 16, 10)),
        ("least-loaded", (88, 55, 38, 28)),
        ("joint-greedy", (98, 66, 46, 35)),
    ],
)
def test_calibration(solver, play_compiled, name, plain):
    """On drawn fleets the plain completion at one to four times the arrivals is what the model was calibrated to, within noise."""
    for load, expected in zip(LOADS, plain, strict=True):
        instances = [at_load("flow/mixed", load, seed) for seed in range(20)]
        assert abs(completion(play_compiled, solver(name)(), instances, "completion_rate") - expected) < 2.5


def test_price_and_reject_completes_most(solver, play_compiled):
    """Weighted completion on the paper's fleet is at least 97, 73, 58 and 49 % at one to four times the arrivals, above all others."""
    for load, least in zip(LOADS, (97, 73, 58, 49), strict=True):
        instances = [at_load("flow/paper", load, seed) for seed in range(10)]
        completed = {
            name: completion(play_compiled, solver(name)(), instances, "weighted_completion_rate") for name in NAMES
        }
        assert completed.pop("price-and-reject") >= max(least, *completed.values())


@pytest.mark.parametrize(("place", "name"), [(0, "price-and-reject"), (1, "slack-admission")])
def test_plans_to_start_from_are_the_rules(solver, play_compiled, place, name):
    """The formulation's simple plans are what the policies decide."""
    instance = scenario_named("flow/x3").instance(0, "train")
    plan = problem_of(instance).simple_plans(instance)[place]
    np.testing.assert_array_equal(plan, play_compiled(solver(name)(), instance)["action"])


@pytest.fixture
def context():
    """Gateways of 100 and 40 Mbit/s, 8 units of 1 GFLOP/s, delay requirements of at most 10 s."""
    tiny = scenario_named("flow/tiny").instance(0, "train")
    scalars = {"compute_tflops": 0.008, "compute_units": 8, "max_deadline_s": 10.0, "n_slots": 10_000}
    arrays = {"gateway_capacity": np.array([100.0, 40.0])}
    known = Instance("flow", "custom", 0, "test", 0, dict(tiny.parameters) | scalars, dict(tiny.arrays) | arrays)
    return lambda information: model.context_of(known, information)


@pytest.fixture
def decide(observe, context):
    """What a fresh policy does with an observation made by hand: a flow of 10 Mbit/s, 10 s, 10 Mbit, 4 GFLOP."""

    def decide_once(policy, **parts):
        known = context(policy.information)
        policy.reset(known, np.random.default_rng(0))
        flow = {"flow_rate": 10, "flow_deadline": 10, "flow_data": 10, "flow_work": 4, "flow_priority": 3}
        resources = {"free_units": 8, "free_bandwidth": [100, 40]}
        return int(policy.act(observe(known.layout, policy.information, **flow | resources | parts)))

    return decide_once


@pytest.mark.parametrize(("free", "expected"), [([60, 30], 4), ([80, 30], 1), ([50, 20], 1)])
def test_least_loaded_counts_shares(solver, decide, free, expected):
    """The middle level of the gateway with the largest share free, the first of equals."""
    assert decide(solver("least-loaded")(), free_bandwidth=free) == expected


@pytest.mark.parametrize("name", ["earliest-deadline", "priority-greedy"])
@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param({}, 2, id="highest-level"),
        pytest.param({"free_bandwidth": [40, 30]}, 5, id="gateway-with-the-largest-share"),
        pytest.param({"free_units": 3}, 1, id="highest-level-that-fits"),
        pytest.param({"flow_deadline": 1.4}, -1, id="late-at-every-level"),
        pytest.param({"free_units": 0}, -1, id="nothing-free"),
    ],
)
def test_dispatch_without_reserve(solver, decide, name, parts, expected):
    """Both dispatch rules take the highest level in time on the freest gateway."""
    assert decide(solver(name)(reserve=0.0), **parts) == expected


@pytest.mark.parametrize(("deadline", "expected"), [(10.0, -1), (7.5, 1), (5.0, 2)])
def test_earliest_deadline_reserves_by_deadline(solver, decide, deadline, expected):
    """With everything in reserve a flow due in x of the longest time must leave x of the units: none, 2 or 4 are to be had."""
    assert decide(solver("earliest-deadline")(reserve=1.0), flow_deadline=deadline, flow_work=2) == expected


@pytest.mark.parametrize(("priority", "expected"), [(1, -1), (2, 1), (3, 2)])
def test_priority_greedy_reserves_by_priority(solver, decide, priority, expected):
    """The lowest priority has to leave the whole reserve, the middle one half of it, the highest nothing."""
    assert decide(solver("priority-greedy")(reserve=0.5), flow_priority=priority, free_units=4) == expected


@pytest.mark.parametrize(
    ("name", "delays", "expected"),
    [
        ("joint-greedy", [9, 8, 30, 7, 12, 30], 3),
        ("joint-greedy", [20, 19, 30, 30, 30, 30], 1),
        ("joint-greedy", [30] * 6, -1),
        ("slack-admission", [9, 8, 30, 7, 12, 30], 3),
        ("slack-admission", [20, 19, 30, 30, 30, 30], -1),
    ],
)
def test_least_delay(solver, decide, name, delays, expected):
    """Both take the least delay; joint greedy admits late flows, slack admission does not; blocked ones are rejected."""
    assert decide(solver(name)(), delay=delays) == expected


def test_slack_margin(solver, decide):
    """A flow that would take more than what the margin leaves of its delay requirement is rejected."""
    policy = solver("slack-admission")(margin=0.25)
    assert [decide(policy, delay=[delay, 30, 30, 30, 30, 30]) for delay in (7.5, 7.6)] == [0, -1]


def test_price_and_reject_weighs_priority_against_load(solver, observe, context):
    """An idle server admits every flow; as it fills, low priorities are turned away first."""
    known = context("online")
    flow = {"flow_rate": 10, "flow_deadline": 10, "flow_data": 10, "flow_work": 4, "free_bandwidth": [100, 40]}
    lowest = []
    for free_units in (8, 4, 2):
        policy = solver("price-and-reject")(wait=0.0, hold=0.0, hold_rate=0.0, compute_power=1.0)
        policy.reset(known, np.random.default_rng(0))
        admitted = [
            priority
            for priority in (3, 2, 1) * 30  # many offers, so that there is a going rate
            if policy.act(observe(known.layout, "online", **flow, flow_priority=priority, free_units=free_units)) != -1
        ]
        lowest.append(min(admitted[-3:]))
    assert lowest[0] == 1
    assert lowest == sorted(lowest)
    assert lowest[-1] > 1
