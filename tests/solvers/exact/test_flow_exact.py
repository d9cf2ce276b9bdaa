"""Tests of the exact planners of flow scheduling."""

import numpy as np
import pytest

from aigcbench.problems.flow.exhaustive import best_sequence
from aigcbench.problems.flow.plans import simple_plans
from aigcbench.problems.problem import problem_of, score
from aigcbench.scenario import scenario_named
from aigcbench.solver import Limits

PLANNERS = [("flow-milp", {"backend": "highs"}), ("flow-milp", {"backend": "cbc"}), ("flow-cp-sat", {})]


def reports(solver, name, parameters, instance, seconds):
    """Decisions, the score of each incumbent, and the last bound."""
    seen = []

    def incumbent(decisions, bound=None):
        seen.append((score(instance, decisions).primary, bound))

    planner = solver(name)(**parameters)
    planner.prepare()
    decisions = planner.plan(instance, Limits(wall_seconds=seconds), np.random.default_rng(0), incumbent)
    return decisions, [value for value, _ in seen], seen[-1][1]


@pytest.mark.parametrize(("name", "parameters"), PLANNERS)
@pytest.mark.parametrize("seed", [2, 5])
def test_tiny_instances_are_solved(solver, name, parameters, seed):
    """The decisions are the best of all, and the bound says so."""
    instance = scenario_named("flow/tiny").instance(seed)
    decisions, values, bound = reports(solver, name, parameters, instance, 60.0)
    assert score(instance, decisions).primary == values[-1] == bound == best_sequence(instance)[0]


@pytest.mark.parametrize(("name", "parameters"), [PLANNERS[0], PLANNERS[2]])
def test_real_size_gets_better_and_better(solver, name, parameters):
    """Incumbents never get worse, start from the best simple plan, and stay below the bound."""
    instance = scenario_named("flow/x2").instance(0, "validation")
    decisions, values, bound = reports(solver, name, parameters, instance, 4.0)
    simple = problem_of(instance).fitness(instance)(np.array(simple_plans(instance))).max()
    assert simple <= values[-1] == score(instance, decisions).primary <= bound
    assert values == sorted(values)


def test_no_time_for_a_plan(solver, monkeypatch):
    """Where even simple rules take too long, the decisions are legal all the same."""
    from aigcbench.problems.flow import window_search

    monkeypatch.setattr(window_search, "simple_plans", None)
    instance = scenario_named("flow/x4").instance(0, "validation")
    decisions = solver("flow-cp-sat")().plan(
        instance, Limits(wall_seconds=1e-4), np.random.default_rng(0), lambda *_: None
    )
    score(instance, decisions)
