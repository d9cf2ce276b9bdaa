"""Tests of the price rule: its formula on cases made by hand, and its account of what runs against the simulator."""

import numpy as np
import pytest

from aigcbench.problems.assignment.bidding import kernels
from aigcbench.problems.assignment.bidding.rule import empty_fleet, plain_rule, widened
from aigcbench.problems.assignment.model import utilities
from aigcbench.problems.assignment.simulator import NONE, fitness

NOW, HORIZON = 0.0, 1000.0


def choose(fleet, rule, utility, steps=10, runtime=100.0, now=NOW, reject=True):
    return kernels.choose(
        fleet, rule.prices, rule.shape, np.array(utility), float(steps), runtime, now, HORIZON, reject
    )


def fleet_of(*capacity):
    return empty_fleet(np.array(capacity), 8)


def plain(*prices):
    return plain_rule(np.array(prices), 10.0)


def test_zero_prices_choose_as_the_prophet():
    """Best utility among servers with room, ties to the first."""
    assert choose(fleet_of(10, 10, 5), plain(0.0, 0.0, 0.0), [0.5, 0.5, 0.9]) == 0


def test_prices_steer_and_reject():
    """Utility less price x steps x seconds: 0.9 - 0.6 loses to 0.5 - 0.1; at tenfold prices nothing pays."""
    assert choose(fleet_of(20, 20), plain(6e-4, 1e-4), [0.9, 0.5]) == 1
    assert choose(fleet_of(20, 20), plain(6e-4, 4e-4), [0.9, 0.5]) == 0
    assert choose(fleet_of(20, 20), plain(6e-3, 1e-3), [0.9, 0.5]) == NONE
    assert choose(fleet_of(20, 20), plain(6e-3, 1e-3), [0.9, 0.5], reject=False) == 1


def test_time_after_the_horizon_costs_nothing():
    """A task that arrives 9 s before the end pays for 9 s, one after it for nothing."""
    assert choose(fleet_of(20, 20), plain(6e-3, 1e-3), [0.9, 0.5], now=HORIZON - 9) == 1
    assert choose(fleet_of(20, 20), plain(6e-3, 1e-3), [0.9, 0.5], now=HORIZON - 7) == 0
    assert choose(fleet_of(20, 20), plain(6e-3, 1e-3), [0.9, 0.5], now=HORIZON + 1) == 0


def test_bends_make_the_last_steps_cheap():
    """With phi flat below its first knot, 4 steps, a task that leaves 2 free pays for 8 - 2 steps only while it does."""
    rule, fleet = plain(1e-3), fleet_of(10)
    rule.shape[kernels.BEND] = 1.0  # 0.4 of the largest task of 10 steps
    rule.shape[kernels.FLATTEST] = 0.0
    assert kernels._taken(fleet, rule.shape, 0, 8.0, 100.0, NOW) == pytest.approx(100 * (10 - 4))
    kernels.place(fleet, 0, 40.0, 5.0, 1.0)
    assert kernels._taken(fleet, rule.shape, 0, 5.0, 100.0, NOW) == pytest.approx(40 * (5 - 4) + 60 * 5)


def test_multiplier_raises_prices_when_capacity_is_short():
    """With a pull of 1 around half free, an empty fleet pays half and a full one half as much again."""
    rule, fleet = plain(1e-3), fleet_of(20)
    rule.shape[kernels.PULL], rule.shape[kernels.CENTRE] = 1.0, 0.5
    assert kernels._multiplier(fleet, rule.prices, rule.shape) == pytest.approx(0.5)
    kernels.place(fleet, 0, 50.0, 20.0, 1.0)
    assert kernels._multiplier(fleet, rule.prices, rule.shape) == pytest.approx(1.5)


def test_what_fits_nowhere_crashes_the_server_that_loses_least():
    """Without rejection: least utility at risk, unless the capacity that is freed is worth more."""
    fleet = fleet_of(10, 10)
    kernels.place(fleet, 0, 50.0, 8.0, 0.7)
    kernels.place(fleet, 1, 90.0, 8.0, 0.8)
    assert choose(fleet, plain(0.0, 0.0), [0.9, 0.9], reject=False) == 0
    assert choose(fleet, plain(1e-3, 1e-3), [0.9, 0.9], reject=False) == 1
    assert choose(fleet, plain(1e-3, 1e-3), [0.9, 0.9]) == NONE


def test_deliberate_crashes_must_gain_the_margin():
    """A task that fits is still used to crash another server if that frees enough."""
    rule, fleet = plain(1e-3, 0.0), fleet_of(10, 10)
    kernels.place(fleet, 0, 900.0, 8.0, 0.5)  # 7.2 of capacity against 0.5 of utility
    assert choose(fleet, rule, [0.9, 0.9], reject=False) == 1
    rule.shape[kernels.MARGIN] = 0.1
    assert choose(fleet, rule, [0.9, 0.9], reject=False) == 0


def test_forecast_play_agrees_with_the_simulator(assignment_instance):
    """The utility of an episode played with a rule is that of its decisions in the simulator, crashes included."""
    rng = np.random.default_rng(3)
    tasks = [(float(t), int(rng.integers(3, 13)), float(rng.integers(2, 30)), 0) for t in range(300)]
    instance = assignment_instance(
        capacity=[12, 20, 15],
        service_server=[0, 1, 2],
        utility_line=[[0.0, 0.0, 12.0, 0.6], [0.0, 0.1, 9.0, 0.9], [2.0, 0.0, 14.0, 0.8]],
        type_quality=[[0.0]] * 3,
        tasks=tasks,
    )
    table, fleet, rule = utilities(instance), empty_fleet(instance["server_capacity"], 8), plain(1e-3, 2e-3, 1e-3)
    arrival, runtime = instance["task_arrival"], instance["task_runtime"]
    steps = instance["task_steps"].astype(float)
    decisions = []
    for j in range(len(tasks)):
        kernels.finish(fleet, arrival[j])
        server = choose(fleet, rule, table[j], steps[j], runtime[j], arrival[j], reject=False)
        kernels.place(fleet, server, arrival[j] + runtime[j], steps[j], table[j, server])
        decisions.append(server)
    kinds, first = np.arange(len(tasks)), np.array([0, len(tasks)])
    played, share = kernels.play(
        empty_fleet(instance["server_capacity"], 8), rule.prices, rule.shape, table, first, arrival, kinds, steps,
        runtime, HORIZON, False,
    )  # fmt: skip
    assert played == pytest.approx(fitness(instance)(np.array([decisions]))[0], abs=1e-9)
    assert 0 < share < 1


def test_widened_fleets_keep_what_runs():
    """More slots change nothing else."""
    fleet = empty_fleet(np.array([10]), 1)
    kernels.place(fleet, 0, 50.0, 4.0, 0.7)
    wide = widened(fleet)
    kernels.place(wide, 0, 20.0, 5.0, 0.3)
    np.testing.assert_array_equal(wide.end, [[20.0, 50.0]])
    kernels.finish(wide, 20.0)
    assert (wide.running[0], wide.free[0]) == (1, 6.0)
