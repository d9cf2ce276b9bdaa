"""Tests of the local searches of offloading."""

from dataclasses import replace

import numpy as np
import pytest

from aigcbench.problems.offloading.exhaustive import exhaustive_bound
from aigcbench.problems.offloading.greedy import opt_ts_plan, simple_plans
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named
from aigcbench.solver import Limits


def mean_delay(instance, decisions):
    """Mean delay by the checker, s."""
    return problem_of(instance).check(instance, {"station": decisions})["mean_delay"]


def run(planner, instance, seconds=60.0):
    """Decisions, and the mean delays that were reported on the way."""
    reported = []
    decisions = planner.plan(
        instance,
        Limits(wall_seconds=seconds),
        np.random.default_rng(0),
        lambda found, bound=None: reported.append(mean_delay(instance, found)),
    )
    return decisions, reported


@pytest.mark.parametrize("seed", range(8))
def test_annealing_equals_the_optimum(solver, seed):
    """On tiny instances annealing ends with the best of all decisions."""
    instance = scenario_named("offloading/tiny").instance(seed)
    decisions, _ = run(solver("offloading-annealing")(iterations=1_000_000), instance)
    assert mean_delay(instance, decisions) == pytest.approx(exhaustive_bound(instance).value, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "iterations", "scenario", "share"),
    [
        ("offloading-descent", 3, "paper", 0.60),
        ("offloading-descent", 0, "light10", 0.87),
        ("offloading-annealing", 2_000_000, "paper", 0.56),
        ("offloading-annealing", 2_000_000, "light10", 0.83),
        ("offloading-annealing", 2_000_000, "light38", 0.82),
    ],
)
def test_beats_opt_ts(solver, name, iterations, scenario, share):
    """A few sweeps or a second of annealing end well below opt-ts, and what is reported only ever gets better."""
    instance = scenario_named(f"offloading/{scenario}").instance(0)
    decisions, reported = run(solver(name)(iterations=iterations), instance)
    assert mean_delay(instance, decisions) == reported[-1] <= share * mean_delay(instance, opt_ts_plan(instance))
    assert reported == sorted(reported, reverse=True)


@pytest.mark.parametrize(("name", "iterations"), [("offloading-descent", 2), ("offloading-annealing", 100_000)])
def test_iterations_make_a_run_repeatable(solver, name, iterations):
    """Two runs with a number of iterations and the same seed decide alike."""
    instance = scenario_named("offloading/mixed").instance(1)
    first, again = (run(solver(name)(iterations=iterations), instance)[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("name", ["offloading-descent", "offloading-annealing"])
def test_degenerate_instances(solver, name):
    """One task; one station; tasks without work, data or result."""
    tiny = scenario_named("offloading/tiny").instance(0)
    nothing = {array: np.zeros(1) for array in ("task_data", "task_work", "task_result")}
    for stations in (1, 3):
        counts = np.zeros((2, stations), np.int64)
        counts[1, 0] = 1
        fleet = {array: tiny[array][:stations] for array in ("station_capacity", "station_rate")}
        instance = replace(tiny, arrays=fleet | {"slot_tasks": counts} | nothing)
        decisions, _ = run(solver(name)(iterations=100), instance)
        assert mean_delay(instance, decisions) == 0.0


@pytest.mark.parametrize("name", ["offloading-descent", "offloading-annealing"])
@pytest.mark.parametrize("stations", [3, 500])
def test_too_large_an_instance_gets_a_simple_plan(solver, name, stations):
    """A limit that does not allow for a search, or not even for a look at all stations, still gives legal decisions."""
    n_tasks = 200_000
    tiny = scenario_named("offloading/tiny").instance(0)
    counts = np.zeros((1, stations), np.int64)
    counts[0, 0] = n_tasks
    ones = {array: np.ones(n_tasks) for array in ("task_data", "task_work", "task_result")}
    fleet = {array: np.full(stations, 10.0) for array in ("station_capacity", "station_rate")}
    instance = replace(tiny, arrays=fleet | {"slot_tasks": counts} | {name: ones[name] / 10 for name in ones})
    decisions, reported = run(solver(name)(), instance, seconds=0.5)
    assert mean_delay(instance, decisions) == reported[-1]


def test_descent_starts_from_the_best_simple_plan(solver):
    """Its first report is the best plan of the simple rules."""
    instance = scenario_named("offloading/light25").instance(0)
    _, reported = run(solver("offloading-descent")(iterations=1), instance)
    assert min(mean_delay(instance, plan) for plan in simple_plans(instance)) in reported
