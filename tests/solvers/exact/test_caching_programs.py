"""Tests of the caching planners by MILP, CP-SAT and SCIP."""

import sys

import numpy as np
import pytest

from aigcbench.errors import InputError
from aigcbench.problems.problem import problem_of, score
from aigcbench.scenario import scenario_named
from aigcbench.solver import Limits

PLANNERS = [("caching-milp", {"backend": "highs"}), ("caching-milp", {"backend": "cbc"}), ("caching-cp-sat", {})]


def plan(planner, instance, seconds):
    """Score of the decisions, scores of all reports, and the last bound."""
    seen = []

    def incumbent(decisions, bound=None):
        seen.append((score(instance, decisions).primary, bound))

    decisions = planner.plan(instance, Limits(wall_seconds=seconds), np.random.default_rng(0), incumbent)
    return score(instance, decisions).primary, [value for value, _ in seen], seen[-1][1]


@pytest.mark.parametrize(("name", "parameters"), PLANNERS)
@pytest.mark.parametrize("seed", [0, 4])
def test_tiny_instances_are_solved(solver, name, parameters, seed):
    """The cost is optimal, and the planner's own bound is just below it."""
    instance = scenario_named("caching/tiny").instance(seed)
    cost, values, bound = plan(solver(name)(**parameters), instance, 60.0)
    best = problem_of(instance).bound(instance, 5.0).value
    assert cost == pytest.approx(best, rel=1e-6)
    assert values == sorted(values, reverse=True)
    assert 0.97 * cost <= bound <= cost


@pytest.mark.parametrize("name", ["caching-milp", "caching-cp-sat", "caching-minlp"])
def test_short_of_time(solver, name):
    """Where no program can be solved in time, the decisions are at least those that it starts from."""
    if name == "caching-minlp":
        pytest.importorskip("pyscipopt")
    instance = scenario_named("caching/paper").instance(0)
    cost, values, _ = plan(solver(name)(), instance, 3.0)
    assert cost == values[-1] < 0.95 * values[0]


def test_missing_scip_is_said(solver, monkeypatch):
    """Without pyscipopt the planner says what to install before it starts."""
    monkeypatch.setitem(sys.modules, "pyscipopt", None)
    with pytest.raises(InputError, match=r"pyscipopt is not installed.*aigcbench\[scip\]"):
        solver("caching-minlp")().prepare()


@pytest.mark.heavy
def test_scip_solves_a_tiny_instance(solver):
    """SCIP's caches are the best ones."""
    pytest.importorskip("pyscipopt")
    instance = scenario_named("caching/tiny").instance(0)
    cost, _, bound = plan(solver("caching-minlp")(), instance, 60.0)
    assert cost == pytest.approx(problem_of(instance).bound(instance, 5.0).value, rel=1e-6)
    assert 0.99 * cost <= bound <= cost * (1 + 1e-6)


@pytest.mark.parametrize("name", ["caching-milp", "caching-cp-sat", "caching-minlp"])
def test_no_program_is_built_without_time(solver, name, monkeypatch):
    """What cannot be built in time is not begun."""
    from aigcbench.problems.caching import linear, modes, nonlinear

    for module in (linear, modes, nonlinear):
        for builder in ("cache_model", "mode_model", "solve_nonlinear"):
            monkeypatch.setattr(module, builder, None, raising=False)
    _, values, bound = plan(solver(name)(), scenario_named("caching/paper").instance(0), 0.1)
    assert len(values) >= 2
    assert bound is None
