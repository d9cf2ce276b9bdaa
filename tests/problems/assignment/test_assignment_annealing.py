"""Tests of what simulated annealing searches: plans of the program, and decisions as they are played."""

from dataclasses import replace

import numpy as np
import pytest

from aigcbench.optimization.annealing import Cooling, anneal
from aigcbench.problems.assignment.annealing.search import PlanSearch, PlaySearch
from aigcbench.problems.assignment.program import program_of
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named


def check(instance, decisions):
    """Metrics of decisions."""
    return problem_of(instance).check(instance, {"service": decisions})


def with_rejection(instance, allowed):
    """The instance with rejection allowed or not."""
    return replace(instance, parameters=dict(instance.parameters) | {"reject_allowed": allowed})


def plan_search(program, bonus=0.0):
    """A search that begins with every task left out, guided by utilities alone."""
    return PlanSearch(program, np.full(len(program.steps), -1), program.utility, bonus, spread=0.1)


@pytest.fixture
def crowded(assignment_instance):
    """Builds small overloaded instances: shared servers, equal arrival times, tasks larger than a server."""

    def build(seed):
        rng = np.random.default_rng(seed)
        arrival = np.sort(rng.integers(0, 20, 30))
        tasks = [(float(a), int(rng.integers(1, 12)), float(rng.integers(1, 9)), int(rng.integers(2))) for a in arrival]
        lines = [[0.0, 0.0, 10.0, 1.0], [2.0, 0.0, 8.0, 0.5], [0.0, 0.3, 9.0, 0.2]]
        quality = [[0.0, 0.7], [0.1, 0.2], [0.6, 0.1]]
        return assignment_instance([14, 9], [0, 0, 1], lines, quality, tasks)

    return build


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("temperature", [0.0, 0.05, 1.0])
def test_plans_never_overload(crowded, seed, temperature):
    """At any temperature the best plan crashes nothing and is worth what the search says."""
    instance = crowded(seed)
    program = program_of(instance)
    search = plan_search(program)
    search.move(np.random.default_rng(seed), temperature, 3000)
    metrics = check(instance, program.decisions(search.best))
    assert metrics["server_crashes"] == 0
    assert metrics["utility"] == pytest.approx(search.best_score, abs=1e-9)
    assert search.best_score > 0


@pytest.mark.parametrize(("bonus", "served", "score"), [(0.0, 1, 0.9), (1.0, 2, 2.6)])
def test_a_bonus_serves_more_tasks(assignment_instance, bonus, served, score):
    """One good task or two poor ones: with a bonus for each task served it is the two."""
    tasks = [(0.0, 5, 9.0, 0), (1.0, 5, 2.0, 1), (4.0, 5, 2.0, 1)]
    instance = assignment_instance([5], [0], [[5.0, 0.0, 10.0, 1.0]], [[0.9, 0.3]], tasks)
    search = plan_search(program_of(instance), bonus)
    search.move(np.random.default_rng(0), 1.0, 1000)
    assert (search.best >= 0).sum() == served
    assert search.best_score == pytest.approx(score)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("temperature", [0.0, 0.2, 100.0])
def test_plays_as_the_checker_judges(crowded, seed, temperature):
    """After many moves, nearly all of which crash servers, the best decisions are worth what the search says."""
    instance = with_rejection(crowded(seed), allowed=False)
    program, rng = program_of(instance), np.random.default_rng(seed)
    search = PlaySearch(program, rng.integers(0, 2, len(program.steps)), program.utility, spread=1.0)
    for _ in range(20):
        search.move(rng, temperature, 50)
        decisions = program.decisions(search.best)
        assert check(instance, decisions)["utility"] == pytest.approx(search.best_score, abs=1e-9)


def test_a_crash_on_purpose(assignment_instance):
    """Two worthless tasks are crashed together on one server, which frees both servers for two good ones."""
    tasks = [(0.0, 10, 100.0, 0), (1.0, 10, 100.0, 0), (2.0, 10, 100.0, 1), (3.0, 10, 100.0, 1)]
    lines, quality = [[20.0, 0.0, 30.0, 1.0]] * 2, [[0.0, 1.0], [0.0, 1.0]]
    instance = assignment_instance([10, 10], [0, 1], lines, quality, tasks, reject_allowed=False)
    program = program_of(instance)
    search = PlaySearch(program, np.array([0, 1, 0, 1]), program.utility, spread=1.0)
    assert search.best_score == 0.0
    search.move(np.random.default_rng(0), 0.5, 1000)
    assert search.best_score == 2.0


def test_cooling_is_geometric():
    """Halfway the temperature is the geometric mean of its ends."""
    cooling = Cooling(1.0, 0.01, 10.0, 0)
    assert [cooling.temperature(p) for p in (0.0, 0.5, 1.0)] == pytest.approx([1.0, 0.1, 0.01])


@pytest.mark.parametrize("moves", [1, 50_000])
def test_a_number_of_moves_is_repeatable(moves):
    """The same seed gives the same plan, another seed another one; the last report is the best plan."""
    program = program_of(scenario_named("assignment/asp-paper").instance(0, "train"))
    plans = []
    for seed in (0, 0, 1):
        search, reports = plan_search(program), []
        anneal(search, Cooling(0.05, 0.005, 100.0, moves), np.random.default_rng(seed), reports.append)
        np.testing.assert_array_equal(reports[-1], search.best)
        plans.append(search.best)
    np.testing.assert_array_equal(plans[0], plans[1])
    assert (plans[0] != plans[2]).any()


def test_without_time_the_start_is_the_answer():
    """No time at all gives back the plan that the search began at."""
    program = program_of(scenario_named("assignment/asp-paper").instance(0, "train"))
    start = np.full(len(program.steps), -1)
    start[5] = 3
    search = PlanSearch(program, start, program.utility, bonus=0.0, spread=0.1)
    anneal(search, Cooling(0.05, 0.005, 0.0, 0), np.random.default_rng(0), lambda _: None)
    np.testing.assert_array_equal(search.best, start)
    assert search.best_score == pytest.approx(program.utility[5, 3])
