"""The flow simulator: hand-made cases, the independent checker, and its own other entry points."""

import numpy as np
import pytest
from numba import njit

from aigcbench.errors import InvalidDecisions
from aigcbench.problems.flow import model, simulator
from aigcbench.problems.flow.episode import FlowEpisode, run_compiled
from aigcbench.problems.problem import score
from aigcbench.scenario import scenario_named

LOW, MIDDLE, HIGH = 0, 1, 2


def drawn_actions(instance, rng):
    """Random decisions, rejection among them."""
    return rng.integers(-1, model.n_actions(instance), len(instance["flow_slot"]))


def test_an_admitted_flow_holds_bandwidth_backlog_and_units(flow_instance):
    """Admission takes rate and units at once; what is still to be sent shrinks slot by slot; each is freed at its own time."""
    flows = [(0, 8.0, 10.0, 32.0, 8.0, 3)] + [(slot, 1.0, 9.0, 1.0, 1.0, 1) for slot in (0, 1, 3, 4, 7, 8)]
    episode = FlowEpisode(flow_instance([16.0, 8.0], flows), "online")
    layout = model.layout_of(episode._instance)
    seen = []
    for action in [MIDDLE] + [-1] * 5:  # rate 8, 4 s to send, 4 s to compute
        episode.step(action)
        names = ("time", "free_bandwidth", "backlog", "free_units")
        seen.append([layout[name].of(episode.vector).tolist() for name in names])
    assert seen == [
        [0.0, [8.0, 8.0], [32.0, 0.0], 6.0],
        [1.0, [8.0, 8.0], [24.0, 0.0], 6.0],
        [3.0, [8.0, 8.0], [8.0, 0.0], 6.0],
        [4.0, [16.0, 8.0], [0.0, 0.0], 6.0],
        [7.0, [16.0, 8.0], [0.0, 0.0], 6.0],
        [8.0, [16.0, 8.0], [0.0, 0.0], 8.0],
    ]


def test_informed_delays(flow_instance):
    """The informed policy sees the delay of every action: exact, cut off at twice the longest deadline, or marked as blocked."""
    flows = [(0, 8.0, 10.0, 32.0, 8.0, 3), (1, 4.0, 8.0, 8.0, 8.0, 2), (1, 4.0, 8.0, 8.0, 80.0, 1)]
    instance = flow_instance([16.0, 0.5], flows, compute_units=5)
    episode = FlowEpisode(instance, "informed")
    episode.step(MIDDLE)
    delays = model.layout_of(instance)["delay"].of(episode.vector)
    blocked = (
        3 * 10.0
    )  # on gateway 1 by the rate 0.5 = 4 / 8, just enough: 16 s to send; at level high 3 units are free of 4
    assert delays.tolist() == [4 + 24 / 8 + 8, 2 + 24 / 8 + 4, blocked, 20.0, 20.0, blocked]


def test_reward(flow_instance):
    """Early flows earn up to half their priority, late ones pay, blocked ones pay twice, and imbalance costs half."""
    flows = [
        (0, 8.0, 10.0, 32.0, 8.0, 3),
        (0, 8.0, 5.0, 16.0, 2.0, 2),
        (0, 16.0, 5.0, 1.0, 1.0, 1),
        (9, 1.0, 9.0, 1.0, 1.0, 3),
    ]
    episode = FlowEpisode(flow_instance([16.0, 8.0], flows), "paper")
    assert episode.step(MIDDLE) == pytest.approx(-1.5 * (8 - 10) / 10 - 0.5 * (8 / 16 - 0))
    assert episode.step(3 + LOW) == pytest.approx(-1.0 * (4 + 2 - 5) / 5 - 0.5 * (8 / 16 - 4 / 8))
    assert episode.step(HIGH + 3 * 1) == pytest.approx(-0.5 * ((0.25 + 16 / 4 + 0.25 - 5) / 5) - 0.5 * (1 - 8 / 16))
    assert episode.step(-1) == pytest.approx(-1.5)
    assert episode.done


def test_blocked_flows_hold_nothing(flow_instance):
    """Too little bandwidth or too few units: the flow fails and the next one sees what it saw."""
    flows = [(0, 8.0, 10.0, 32.0, 8.0, 3)] + [(0, 8.0, 10.0, 8.0, 1.0, 1)] * 3
    episode = FlowEpisode(flow_instance([8.0], flows, compute_units=5), "online")
    episode.step(MIDDLE)
    before = episode.vector.copy()
    for action in (LOW, HIGH):  # nothing free; nor would 4 units be
        assert episode.step(action) == pytest.approx(-0.5 * 2)
        np.testing.assert_array_equal(episode.vector, before)


@pytest.mark.parametrize("scenario", ["flow/tiny", "flow/paper", "flow/x3", "flow/mixed", "flow/bursty"])
def test_agrees_with_the_checker(scenario):
    """Reward and completions of random play equal what the independent checker says, to 1e-9."""
    for seed in range(3):
        instance = scenario_named(scenario).instance(seed, "train")
        actions = drawn_actions(instance, np.random.default_rng(seed))
        state, rewards = simulator.single_state(instance, 0), np.zeros(len(actions))
        simulator.replay(state, 0, actions, rewards)
        judged = score(instance, actions)
        assert rewards.sum() == pytest.approx(judged["reward"], abs=1e-9)
        assert state.completed[0] / len(actions) == pytest.approx(judged["completion_rate"], abs=1e-12)
        assert simulator.fitness(instance)(actions[None])[0] == pytest.approx(judged.primary, abs=1e-12)


def test_agrees_with_the_checker_where_everything_is_scarce(small_flow_instance):
    """Small random instances, in which flows are late and blocked either way, are judged alike."""
    outcomes = set()
    for seed in range(60):
        rng = np.random.default_rng(seed)
        instance = small_flow_instance(rng, 15)
        actions = drawn_actions(instance, rng)
        judged = score(instance, actions)
        assert simulator.fitness(instance)(actions[None])[0] == pytest.approx(judged.primary, abs=1e-12)
        outcomes |= {name for name, value in judged.metrics.items() if name.endswith("rate") and 0 < value < 1}
    assert {"late_rate", "blocked_bandwidth_rate", "blocked_compute_rate", "rejected_rate"} <= outcomes


def test_resources_never_go_negative():
    """Free bandwidth, backlog and units stay within what there is, through an overloaded episode."""
    instance = scenario_named("flow/x4").instance(0, "train")
    layout, episode = model.layout_of(instance), FlowEpisode(instance, "online")
    for action in drawn_actions(instance, np.random.default_rng(0)):
        free = layout["free_bandwidth"].of(episode.vector)
        assert (free >= 0).all()
        assert (free <= instance["gateway_capacity"]).all()
        assert (layout["backlog"].of(episode.vector) >= 0).all()
        assert 0 <= layout["free_units"].of(episode.vector) <= 100
        episode.step(action)


def test_population_equals_single_replays():
    """Evaluating many decision sequences at once gives each its own score, whatever was played before."""
    instance = scenario_named("flow/paper").instance(1, "train")
    population = np.stack([drawn_actions(instance, np.random.default_rng(seed)) for seed in range(4)])
    scores = simulator.fitness(instance)
    together = scores(population)
    assert together.tolist() == [scores(row[None])[0] for row in population[::-1]][::-1]
    assert len(set(together)) == 4


@njit
def _middle_levels_in_turn(vector, reward, state):
    state[0] += 1
    return int(3 * (state[0] % 8) + 1)


def test_compiled_policies_run_in_the_kernel():
    """A compiled policy is asked for every flow in order and its state goes with it."""
    instance = scenario_named("flow/paper").instance(0, "train")
    decisions = run_compiled(instance, "online", _middle_levels_in_turn, np.full((1, 1), -1.0))
    np.testing.assert_array_equal(decisions["action"], 3 * (np.arange(len(instance["flow_slot"])) % 8) + 1)


@njit
def _beyond(vector, reward, state):
    return 24


@pytest.mark.parametrize("action", [-2, 24])
def test_illegal_actions_are_refused(action):
    """An action that names no gateway and level is an error that says which ones do."""
    episode = FlowEpisode(scenario_named("flow/paper").instance(0, "train"), "paper")
    with pytest.raises(InvalidDecisions, match=r"flow 0: action .*0\.\.23"):
        episode.step(action)


def test_illegal_actions_of_compiled_policies_are_refused():
    """A compiled policy that names no gateway and level is stopped at its first such decision."""
    with pytest.raises(InvalidDecisions, match="flow 0: action 24"):
        run_compiled(scenario_named("flow/paper").instance(0, "train"), "paper", _beyond, np.zeros((1, 1)))
