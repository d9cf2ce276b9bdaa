"""Tests of the exact planners of offloading."""

import numpy as np
import pytest

from aigcbench.problems.offloading.exhaustive import exhaustive_bound
from aigcbench.problems.offloading.greedy import simple_plans
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named
from aigcbench.solver import Limits

EXACT = [
    ("offloading-milp", {"backend": "highs"}),
    ("offloading-milp", {"backend": "cbc"}),
    ("offloading-cp-sat", {}),
    ("offloading-branch-and-bound", {}),
]
ROLLING = ("offloading-rolling-milp", {})


def mean_delay(instance, decisions):
    """Mean delay by the checker, s."""
    return problem_of(instance).check(instance, {"station": decisions})["mean_delay"]


def reports(planner, instance, seconds):
    """Decisions, the mean delay of each incumbent, and the last bound."""
    seen = []

    def incumbent(decisions, bound=None):
        seen.append((mean_delay(instance, decisions), bound))

    decisions = planner.plan(instance, Limits(wall_seconds=seconds), np.random.default_rng(0), incumbent)
    return decisions, [value for value, _ in seen], seen[-1][1]


@pytest.mark.parametrize(("name", "parameters"), EXACT)
@pytest.mark.parametrize("seed", [1, 3])
def test_tiny_instances_are_solved(solver, name, parameters, seed):
    """The decisions are the best of all, and the bound says so."""
    instance = scenario_named("offloading/tiny").instance(seed)
    planner = solver(name)(**parameters)
    planner.prepare()
    decisions, values, bound = reports(planner, instance, 60.0)
    assert mean_delay(instance, decisions) == values[-1] == pytest.approx(exhaustive_bound(instance).value, rel=1e-7)
    assert bound == pytest.approx(values[-1], rel=1e-7)


@pytest.mark.parametrize(("name", "parameters"), EXACT[:3])
def test_the_program_alone_proves(solver, name, parameters, smallest):
    """Without a bound from elsewhere the program finds and proves the optimum too."""
    decisions, values, bound = reports(solver(name)(bound_share=0.0, **parameters), smallest, 60.0)
    assert values[-1] == pytest.approx(exhaustive_bound(smallest).value, rel=1e-6)
    assert bound == pytest.approx(values[-1], rel=1e-6)
    assert mean_delay(smallest, decisions) == values[-1]


@pytest.fixture(scope="module")
def smallest():
    """The tiny instance of the fewest tasks among some."""
    instances = [scenario_named("offloading/tiny").instance(seed) for seed in range(30)]
    return min(instances, key=lambda instance: len(instance["task_work"]))


@pytest.mark.parametrize(("name", "parameters"), [*EXACT, ROLLING])
def test_no_time_for_a_search(solver, name, parameters):
    """Where there is no time even to look at every station the decisions are legal all the same."""
    instance = scenario_named("offloading/paper").instance(0, "validation")
    decisions, values, _ = reports(solver(name)(**parameters), instance, 1e-4)
    assert mean_delay(instance, decisions) == values[-1]


@pytest.mark.parametrize("scenario", ["light10", "stress"])
@pytest.mark.parametrize(("name", "parameters"), [EXACT[0], EXACT[3], ROLLING])
def test_real_size_gets_better_and_better(solver, name, parameters, scenario):
    """Incumbents start from the best simple plan and never get worse."""
    instance = scenario_named(f"offloading/{scenario}").instance(0, "validation")
    decisions, values, _ = reports(solver(name)(**parameters), instance, 2.5)
    simple = min(mean_delay(instance, plan) for plan in simple_plans(instance))
    assert simple >= values[-1] == mean_delay(instance, decisions)
    assert simple in values
    assert values == sorted(values, reverse=True)
