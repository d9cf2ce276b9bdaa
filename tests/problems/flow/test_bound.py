"""Bounds on the weighted completion rate against proven optima, and against one another."""

import tomllib

import numpy as np
import pytest

from aigcbench.frozen import instances_folder
from aigcbench.optimization.relaxation import solve_relaxation
from aigcbench.problems.flow import bound as bounds
from aigcbench.problems.flow.exhaustive import best_sequence
from aigcbench.problems.flow.linear import knapsack_model
from aigcbench.problems.flow.program import modes_of
from aigcbench.scenario import scenario_named

ENOUGH = 60.0  # s, so that nothing is left out for lack of time


@pytest.mark.parametrize("seed", range(40))
def test_every_bound_is_above_the_optimum(seed, small_flow_instance):
    """Each method's bound is no less than the optimum, ten instances a seed, with prices by HiGHS and by chance."""
    rng = np.random.default_rng(seed)
    for _ in range(10):
        instance = small_flow_instance(rng, n_flows=int(rng.integers(1, 8)))
        optimum, model = best_sequence(instance)[0], knapsack_model(instance)
        prices = rng.exponential(size=len(model.instants)) * rng.choice([1e-300, 1e-3, 1.0, 1e6])
        found = [
            bounds.knapsack_bound(instance, model.modes).value,
            bounds.relaxation_bound(instance, model, ENOUGH).value,
            bounds.share_of(model.bound(prices), instance),
            bounds.bound(instance, ENOUGH).value,
        ]
        assert all(value >= optimum for value in found)
        assert found[-1] == min(found[0], found[1])


@pytest.mark.parametrize("scenario", ["tiny", "paper", "x2"])
def test_bound_from_prices_is_the_relaxations_optimum(scenario):
    """The bound that is computed anew from HiGHS's prices is what HiGHS says, to its tolerances."""
    instance = scenario_named(f"flow/{scenario}").instance(0, "train")
    model = knapsack_model(instance)
    relaxed = solve_relaxation(model.linear, ENOUGH, threads=1).value / instance["flow_priority"].sum()
    assert bounds.relaxation_bound(instance, model, ENOUGH).value == pytest.approx(min(relaxed, 1.0), abs=1e-6)


def test_windows_tell_more_than_one_knapsack(flow_instance):
    """Two flows at once on a server for one, and long idle time: only the temporal knapsack knows that one must fail."""
    flows = [(slot, 2.0, 3.0, 4.0, 0.5, 1) for slot in (0, 0, 50)]  # the middle level holds both units for 2.25 s
    instance = flow_instance([8.0], flows, level_rate=(1.0,), level_units=(2,), compute_units=2)
    assert bounds.knapsack_bound(instance, modes_of(instance)).value == 1.0
    assert bounds.bound(instance, ENOUGH).value == pytest.approx(2 / 3) == best_sequence(instance)[0]


def test_no_flow_can_meet_its_deadline(flow_instance):
    """Where no level is fast enough, every method says 0."""
    instance = flow_instance([8.0], [(0, 2.0, 1.0, 40.0, 1.0, 2)])
    assert bounds.knapsack_bound(instance, modes_of(instance)).value == 0.0
    assert bounds.bound(instance, ENOUGH).value == 0.0


def test_a_flow_that_ends_at_an_arrival_makes_room(flow_instance):
    """Two flows that follow each other exactly both count."""
    flows = [(0, 2.0, 2.0, 3.0, 1.0, 1), (2, 2.0, 2.0, 3.0, 1.0, 1)]  # 1.5 s to send and 0.5 s to compute on both units
    instance = flow_instance([8.0], flows, level_rate=(1.0,), level_units=(2,), compute_units=2)
    assert bounds.bound(instance, ENOUGH).value == 1.0 == best_sequence(instance)[0]


def test_no_time_still_gives_a_bound():
    """Without time for the relaxation there is the knapsack."""
    instance = scenario_named("flow/x2").instance(0, "train")
    assert bounds.bound(instance, 1e-9) == bounds.knapsack_bound(instance, modes_of(instance))


def test_a_relaxation_cut_short_still_gives_a_bound():
    """Without prices the bound is the priority of the flows that could meet their deadline."""
    instance = scenario_named("flow/x2").instance(0, "train")
    model = knapsack_model(instance)
    possible = instance["flow_priority"][np.unique(model.modes.flow)].sum() / instance["flow_priority"].sum()
    assert bounds.relaxation_bound(instance, model, 1e-6).value == pytest.approx(possible)


@pytest.mark.parametrize("load", ["paper", "x2", "x3", "x4"])
def test_the_published_time_is_enough_for_the_relaxation(load):
    """Every load of the leaderboard gets its relaxation in the time that the published plan grants, and in a fraction of a longer one."""
    plan = tomllib.loads((instances_folder() / "plans" / "v1-flow-policies.toml").read_text())
    instance = scenario_named(f"flow/{load}").instance(0)
    assert bounds.relaxation_seconds(instance) < 0.5 * plan["bound_seconds"]
    one_knapsack = bounds.knapsack_bound(instance, modes_of(instance)).value
    assert load == "paper" or bounds.bound(instance, ENOUGH).value < one_knapsack
