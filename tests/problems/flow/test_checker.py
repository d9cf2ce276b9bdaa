"""The checker of flow decisions: hand-made cases, refusals."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigcbench.errors import InvalidDecisions
from aigcbench.problems.flow import model, simulator
from aigcbench.problems.flow.checker import check

LOW, MIDDLE, HIGH = 0, 1, 2
REJECT = -1


def action(gateway, level):
    """The action of a gateway and a level."""
    return 3 * gateway + level


@pytest.fixture
def busy(flow_instance):
    """Gateways of 16 and 8 Mbit/s, 8 units of 1 GFLOP/s, horizon 8 s; every outcome occurs once."""
    flows = [
        (0, 8.0, 10.0, 32.0, 8.0, 3),  # gateway 0, middle: rate 8, 4 s to send, 4 s to compute: delay 8 s
        (1, 4.0, 8.0, 8.0, 8.0, 2),  # gateway 0, high: free 8, rate 8, 1 s, waits 24 / 8 s, computes 2 s: delay 6 s
        (1, 4.0, 9.0, 8.0, 1.0, 1),  # gateway 0: nothing free, blocked by bandwidth
        (1, 4.0, 9.0, 8.0, 1.0, 2),  # gateway 1, high: 2 units free, blocked by compute
        (3, 8.0, 5.0, 8.0, 2.0, 1),  # gateway 0, low: rate 4, 2 s, waits 8 / 8 s, computes 2 s: delay 5 s, in time
        (3, 8.0, 5.0, 16.0, 2.0, 1),  # gateway 1, low: rate 4, 4 s, no wait, computes 2 s: delay 6 s, late
        (7, 8.0, 5.0, 1.0, 1.0, 3),  # rejected
    ]
    actions = [
        action(0, MIDDLE), action(0, HIGH), action(0, MIDDLE), action(1, HIGH), action(0, LOW), action(1, LOW), REJECT,
    ]  # fmt: skip
    return flow_instance([16.0, 8.0], flows), np.array(actions)


def test_every_metric_by_hand(busy):
    """Each metric of a small run is what pencil and paper say."""
    weights = [3 * -0.2, 2 * -0.25, 1 * 2.0, 2 * 2.0, 0.0, 1 * 0.2, 3 * 1.0]  # priority x (H_d + blocked)
    spread = [8 / 16, 1.0, 1.0, 1.0, 12 / 16, 12 / 16 - 4 / 8, 0.0]
    assert check(*busy) == pytest.approx(
        {
            "weighted_completion_rate": 6 / 13,
            "completion_rate": 3 / 7,
            "reward": -0.5 * sum(weights) - 0.5 * sum(spread),
            "mean_delay": (8 + 6 + 5) / 3,
            "p95_delay": 7.8,
            "failure_rate": 4 / 7,
            "late_rate": 1 / 7,
            "blocked_bandwidth_rate": 1 / 7,
            "blocked_compute_rate": 1 / 7,
            "rejected_rate": 1 / 7,
            "gateway_utilisation": (32 + 8 + 8 + 16) / (24 * 8),
            "compute_utilisation": (2 * 8 + 4 * 6 + 5 + 5) / (8 * 8),
        },
        abs=1e-12,
    )


def test_names_are_those_of_the_formulation(busy):
    """The checker fills every declared metric in order, each finite, and no other."""
    model.validate(busy[0], "instance")
    metrics = check(*busy)
    assert list(metrics) == [metric.name for metric in model.METRICS]
    assert all(type(value) is float and math.isfinite(value) for value in metrics.values())


def test_releases_at_an_arrival_come_before_it(flow_instance):
    """Bandwidth and units that become free at the instant of an arrival are free for it."""
    flows = [(0, 8.0, 4.0, 16.0, 8.0, 1), (4, 8.0, 4.0, 16.0, 8.0, 1)]  # 2 s to send, 2 s to compute
    instance = flow_instance([8.0], flows, compute_units=4, level_units=(1, 4, 4))
    metrics = check(instance, np.array([MIDDLE, MIDDLE]))
    assert metrics["completion_rate"] == 1.0
    assert metrics["compute_utilisation"] == pytest.approx(
        (4 + 1) / 5
    )  # the horizon ends a second after the last arrival


def test_a_squeezed_flow_gets_what_is_free_and_waits_no_longer_than_at_that_rate(flow_instance):
    """Where less than the level's rate is free, the flow takes it, and the backlog counts against that."""
    flows = [(0, 7.0, 99.0, 70.0, 1.0, 1), (0, 8.0, 99.0, 8.0, 1.0, 1)]
    instance = flow_instance([8.0], flows)
    metrics = check(instance, np.array([MIDDLE, MIDDLE]))
    assert metrics["mean_delay"] == pytest.approx((10 + 0.5 + (8 / 1 + 70 / 1 + 0.5)) / 2)


def test_all_rejected(busy):
    """A run that rejects everything completes nothing and uses nothing."""
    metrics = check(busy[0], np.full(7, REJECT))
    assert {name for name, value in metrics.items() if value} == {"reward", "failure_rate", "rejected_rate"}
    assert metrics["reward"] == pytest.approx(-0.5 * 13)


@st.composite
def decided_instances(draw):
    """Arguments of a small instance with many coincidences (equal slots, ends at arrivals, full gateways), and decisions for it."""
    capacity = draw(st.lists(st.sampled_from([0.5, 4.0, 8.0, 16.0]), min_size=1, max_size=3))
    flow = st.tuples(
        st.sampled_from([0, 0, 1, 2, 3]),  # slots since the arrival before
        st.sampled_from([1.0, 2.0, 8.0, 11.0]),
        st.sampled_from([2.0, 3.0, 5.0, 9.0]),
        st.sampled_from([1.0, 4.0, 8.0, 16.0, 31.0]),
        st.sampled_from([0.5, 1.0, 4.0, 7.0]),
        st.integers(1, 3),
    )
    flows = draw(st.lists(flow, min_size=1, max_size=30))
    slots = np.cumsum([gap for gap, *_ in flows]).tolist()
    arguments = {
        "capacity": capacity,
        "flows": [(slot, *rest) for slot, (_, *rest) in zip(slots, flows, strict=True)],
        "compute_units": draw(st.integers(1, 20)),
        "n_slots": slots[-1] + draw(st.integers(1, 5)),
        "balance_weight": draw(st.sampled_from([0.0, 0.5])),
        "delay_weight": draw(st.sampled_from([0.5, 1.0])),
    }
    n_actions = 3 * len(capacity)
    return arguments, draw(st.lists(st.integers(-1, n_actions - 1), min_size=len(flows), max_size=len(flows)))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(decided=decided_instances())
def test_checker_and_simulator_agree(flow_instance, decided):
    """On random instances and decisions, the score, the completions and the reward are the same to 1e-9."""
    instance, actions = flow_instance(**decided[0]), np.array(decided[1])
    model.validate(instance, "instance")
    metrics = check(instance, actions)
    state = simulator.single_state(instance, 0)
    rewards = np.zeros(len(actions))
    simulator.replay(state, 0, actions, rewards)
    found = simulator.fitness(instance)(actions[None])[0]
    assert found == pytest.approx(metrics["weighted_completion_rate"], abs=1e-9)
    assert rewards.sum() == pytest.approx(metrics["reward"], abs=1e-9)
    assert state.completed[0] / len(actions) == pytest.approx(metrics["completion_rate"], abs=1e-12)
    shares = ("completion_rate", "late_rate", "blocked_bandwidth_rate", "blocked_compute_rate", "rejected_rate")
    assert sum(metrics[name] for name in shares) == pytest.approx(1, abs=1e-12)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(data=st.data())
def test_illegal_decisions_are_refused(small_flow_instance, data):
    """One decision moved out of range, dropped or added is found, and its flow is named."""
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1), label="seed"))
    instance = small_flow_instance(rng, n_flows=int(rng.integers(1, 9)))
    n_flows, n_actions = len(instance["flow_slot"]), model.n_actions(instance)
    actions = rng.integers(-1, n_actions, n_flows)
    check(instance, actions)
    flow = data.draw(st.integers(0, n_flows - 1), label="flow")
    mutated = actions.copy()
    mutated[flow] = data.draw(st.sampled_from([-(2**63), -2, n_actions, 2**63 - 1]), label="action")
    assert_refused(instance, mutated, "action-range", f"flow {flow}:")
    assert_refused(instance, actions[:-1], "length", f"flow {n_flows - 1}:")
    assert_refused(instance, np.append(actions, 0), "length", f"flow {n_flows}:")


def assert_refused(instance, actions, constraint, place):
    """The checker names the broken rule and the place."""
    with pytest.raises(InvalidDecisions, match=f"^{place}") as caught:
        check(instance, actions)
    assert caught.value.constraint == constraint
