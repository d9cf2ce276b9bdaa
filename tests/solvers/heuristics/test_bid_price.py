"""Tests of the bid-price policies."""

import dataclasses

import numpy as np
import pytest

from aigcbench.problems.assignment.bidding.bidder import Bidder
from aigcbench.problems.problem import problem_of, score
from aigcbench.scenario import scenario_named

QUICK = 1e7
PAIRS = [("bid-price", "prophet"), ("learned-bid-price", "learned-greedy")]


def changed(instance, scenario=None, **parameters):
    """The instance under another scenario name or with other scalars."""
    parameters = dict(instance.parameters) | parameters
    return dataclasses.replace(instance, scenario=scenario or instance.scenario, parameters=parameters)


def utility(play, policy, instance):
    return score(instance, play(policy, instance).decisions)["utility"]


@pytest.mark.parametrize(("name", "peer"), PAIRS)
@pytest.mark.parametrize(
    ("scenario", "parameters", "gain"),
    [
        ("asp-stress3", {}, 0.04),
        ("asp-stress3", {"reject_allowed": False}, 0.08),
        ("orchestration-paper", {}, 0.008),
    ],
)
def test_beats_its_peer(solver, play, name, peer, scenario, parameters, gain):
    """Prices gain over the same policy without them, with and without rejection, with one and four services a server."""
    instances = [changed(scenario_named(f"assignment/{scenario}").instance(seed), **parameters) for seed in range(2)]
    ours = np.array([utility(play, solver(name)(work=QUICK), instance) for instance in instances])
    peers = np.array([utility(play, solver(peer)(), instance) for instance in instances])
    assert (ours > (1 + gain) * peers).all()


@pytest.mark.parametrize(("name", "peer"), PAIRS)
def test_needs_no_known_scenario(solver, play, name, peer):
    """On an instance of nobody's scenario it estimates the demand from the requests, and still gains."""
    instance = changed(scenario_named("assignment/asp-stress3").instance(0), scenario="custom")
    assert utility(play, solver(name)(work=QUICK), instance) > 1.03 * utility(play, solver(peer)(), instance)


@pytest.mark.parametrize("name", ["bid-price", "learned-bid-price"])
@pytest.mark.parametrize("scenario", [None, "custom"])
def test_equal_seeds_give_equal_decisions(solver, play, name, scenario):
    """A policy that is reset with the same seed forecasts, plans and decides the same again."""
    instance, policy = changed(scenario_named("assignment/asp-paper").instance(1), scenario), solver(name)(work=QUICK)
    first = play(policy, instance, seed=5)
    np.testing.assert_array_equal(play(policy, instance, seed=5).actions, first.actions)


def test_without_prices_it_is_the_prophet(solver, play):
    """Before its first plan an unknown scenario has no prices: the prophet's services while something has room."""
    instance = changed(scenario_named("assignment/asp-paper").instance(3), scenario="custom")
    ours, prophets = (
        play(policy, instance).actions[:99] for policy in (solver("bid-price")(work=0), solver("prophet")())
    )
    np.testing.assert_array_equal(ours, prophets)


@pytest.mark.parametrize("name", ["bid-price", "learned-bid-price"])
def test_its_account_of_free_steps_is_right(solver, play, monkeypatch, name):
    """Through crashes and completions it knows each server's free steps as the observation has them."""
    instance = changed(scenario_named("assignment/orchestration-stress3").instance(0), reject_allowed=False)
    choose = Bidder.choose

    def watched(self, observation, utility):
        service = choose(self, observation, utility)
        np.testing.assert_array_equal(self._fleet.free, observation.free_steps)
        return service

    monkeypatch.setattr(Bidder, "choose", watched)
    assert (play(solver(name)(work=0), instance).rewards < 0).any()


@pytest.mark.parametrize("name", ["bid-price", "learned-bid-price"])
@pytest.mark.parametrize("reject_allowed", [True, False])
def test_hopeless_servers(assignment_instance, solver, play, name, reject_allowed):
    """Tasks larger than every server are rejected where that is allowed, and else cost nothing but themselves."""
    instance = assignment_instance(
        capacity=[0, 5],
        service_server=[0, 1],
        utility_line=[[0.0, 0.0, 10.0, 0.5]] * 2,
        type_quality=[[0.0]] * 2,
        tasks=[(0.0, 3, 9.0, 0), *[(float(k), 7, 9.0, 0) for k in range(1, 120)]],
        reject_allowed=reject_allowed,
    )
    played = play(solver(name)(work=QUICK), instance)
    assert ((played.actions == -1) == (reject_allowed & (np.arange(120) > 0))).all()
    assert score(instance, played.decisions)["utility"] == pytest.approx(0.15)


@pytest.mark.parametrize("name", ["bid-price", "learned-bid-price"])
def test_a_single_task(assignment_instance, solver, play, name):
    """One task on one server is simply served."""
    instance = assignment_instance(
        capacity=[10], service_server=[0], utility_line=[[0.0, 0.0, 10.0, 0.5]], type_quality=[[0.0]], tasks=[(0.0, 5, 9.0, 0)]
    )  # fmt: skip
    assert play(solver(name)(), instance).actions.tolist() == [0]


def test_online_policy_knows_no_utilities(solver):
    """The context of learned-bid-price has no utilities, and its forecast carries none."""
    policy = solver("learned-bid-price")()
    instance = scenario_named("assignment/asp-paper").instance(0)
    context = problem_of(instance).context(instance, policy.information)
    policy.reset(context, np.random.default_rng(0))
    assert {"utility_line", "type_quality"}.isdisjoint(context.arrays)
    assert set(vars(policy.bidder._demand)) == {
        "steps", "runtime", "type", "first", "arrival", "kind", "window", "horizon",
    }  # fmt: skip
    assert not policy.model.expected(np.array([100.0]), np.array([0])).any()
