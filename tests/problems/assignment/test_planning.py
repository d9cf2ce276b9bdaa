"""Tests of greedy plans and of turning a plan into legal decisions."""

from dataclasses import replace

import numpy as np
import pytest

from aigcbench.optimization.best import Best
from aigcbench.problems.assignment import simulator
from aigcbench.problems.assignment.greedy import priced_plan, prophet_plan
from aigcbench.problems.assignment.planning import Planning
from aigcbench.problems.assignment.program import program_of
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named

LINE = [0.0, 0.0, 1.0, 1.0]


def planning_of(instance):
    """Planning of an instance without any best decisions yet."""
    best = Best(simulator.fitness(instance), lambda *_: None)
    return Planning(instance, program_of(instance), best, np.empty(0), np.empty((0, 0)))


def check(instance, decisions):
    """Metrics of decisions."""
    return problem_of(instance).check(instance, {"service": decisions})


def test_prophet_takes_the_best_service_with_room(assignment_instance):
    """Best utility first, then the one with room, then service 0 or rejection."""
    tasks = [(float(j), 5, 9.0, 0) for j in range(3)]
    instance = assignment_instance([5, 5], [0, 1], [LINE, LINE], [[0.1], [0.2]], tasks)
    assert prophet_plan(instance, reject=False).tolist() == [1, 0, 0]
    assert prophet_plan(instance, reject=True).tolist() == [1, 0, -1]


@pytest.mark.parametrize("scale", [0.0, 1e-4, 1e-3])
def test_priced_plan_never_overloads(scale):
    """Played with rejection, the plan loses no task at any prices."""
    instance = scenario_named("assignment/asp-stress2").instance(0)
    program = program_of(instance)
    plan = priced_plan(program, np.full((len(program.spans.sets), len(program.capacity)), scale))
    metrics = check(instance, program.decisions(plan))
    assert metrics["server_crashes"] == 0
    chosen = np.flatnonzero(plan >= 0)
    assert metrics["utility"] == pytest.approx(program.utility[chosen, plan[chosen]].sum())


def test_repair_puts_a_left_out_task_where_it_fits(assignment_instance):
    """A task that the plan leaves out goes to the best server that the plan leaves room on."""
    tasks = [(0.0, 5, 9.0, 0), (1.0, 5, 9.0, 0)]
    lines, quality = [LINE] * 3, [[0.3], [0.2], [0.1]]
    instance = assignment_instance([5, 5, 5], [0, 1, 2], lines, quality, tasks, reject_allowed=False)
    assert planning_of(instance).decisions(np.array([0, -1])).tolist() == [0, 1]
    assert planning_of(instance).decisions(np.array([-1, 0])).tolist() == [1, 0]


def test_repair_crashes_the_server_with_least_at_stake(assignment_instance):
    """Where nothing has room, the server whose running tasks are worth least is given up."""
    tasks = [(0.0, 5, 9.0, 0), (1.0, 5, 9.0, 0), (2.0, 5, 9.0, 0)]
    instance = assignment_instance([5, 5], [0, 1], [LINE] * 2, [[0.9], [0.1]], tasks, reject_allowed=False)
    assert planning_of(instance).decisions(np.array([0, 1, -1])).tolist() == [0, 1, 1]


def test_repair_crashes_an_empty_server_by_a_task_too_large_for_it(assignment_instance):
    """A task that fits nowhere is lost where nothing runs."""
    tasks = [(0.0, 5, 9.0, 0), (1.0, 9, 9.0, 0)]
    instance = assignment_instance([5, 5], [0, 1], [LINE] * 2, [[0.9], [0.1]], tasks, reject_allowed=False)
    assert planning_of(instance).decisions(np.array([0, -1])).tolist() == [0, 1]


@pytest.mark.parametrize("seed", range(3))
def test_repair_is_legal_under_overload(seed):
    """Random plans in overload become decisions without rejection, which the checker accepts."""
    stress = scenario_named("assignment/orchestration-stress3").instance(seed)
    instance = replace(stress, parameters=dict(stress.parameters) | {"reject_allowed": False})
    planning, rng = planning_of(instance), np.random.default_rng(seed)
    plan = rng.integers(-1, len(planning.program.capacity), len(planning.program.steps))
    decisions = planning.decisions(plan)
    assert decisions.min() >= 0
    everything = planning.program.decisions(np.maximum(plan, 0))
    assert check(instance, decisions)["utility"] > check(instance, everything)["utility"]


def test_best_reports_improvements_only():
    """Worse decisions are neither kept nor reported, and the tightest bound goes along."""
    reported = []
    best = Best(
        lambda population: population.sum(axis=1).astype(float), lambda d, bound: reported.append((d[0], bound))
    )
    best.tighten(9.0)
    best.tighten(np.inf)
    assert [best.offer(np.array([value])) for value in (1, 1, 0, 2)] == [True, False, False, True]
    best.tighten(8.0)
    best.report()
    assert reported == [(1, 9.0), (2, 9.0), (2, 8.0)]
    assert best.score == 2.0
