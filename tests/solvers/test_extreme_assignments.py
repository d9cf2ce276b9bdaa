"""Every planner of assignment on instances that nobody would want: each gets legal decisions, whatever there is time for.

An instance without tasks is refused before any solver sees it; see the tests of the formulation's model.
"""

from dataclasses import replace

import numpy as np
import pytest

from aigcbench.discovery import catalogue
from aigcbench.problems.problem import problem_of, score
from aigcbench.solver import Limits

PLANNERS = sorted(name for name, card in catalogue()[0].items() if card.kind == "planner" and card.solves("assignment"))
LINE = [0.0, 0.0, 10.0, 1.0]


def decided(planner, instance, seconds):
    """Decisions by a planner."""
    return planner.plan(instance, Limits(wall_seconds=seconds), np.random.default_rng(0), lambda *_: None)


@pytest.mark.heavy
@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize("capacity", [[0, 0], [4, 3]])
@pytest.mark.parametrize("name", PLANNERS)
def test_nothing_fits(solver, assignment_instance, name, capacity, allowed):
    """On servers of no capacity, and on those smaller than every task, nothing is gained, and the bound knows it."""
    tasks = [(0.0, 5, 9.0, 0), (1.0, 7, 9.0, 0)]
    instance = assignment_instance(capacity, [0, 1], [LINE, LINE], [[0.5], [0.25]], tasks, reject_allowed=allowed)
    assert score(instance, decided(solver(name)(), instance, 1.0)).primary == 0.0
    assert 0.0 <= problem_of(instance).bound(instance, 1.0).value < 1e-6


@pytest.mark.heavy
@pytest.mark.parametrize("name", PLANNERS)
def test_a_million_tasks_in_two_seconds(solver, assignment_instance, name):
    """Where there is no time for anything clever, a simple rule's decisions are handed in, and serve what fits."""
    one = assignment_instance([50] * 20, list(range(20)), [LINE] * 20, [[0.0]] * 20, [(0.0, 9, 1.0, 0)])
    n_tasks = 10**6
    every = {"task_arrival": np.arange(n_tasks) * 1e-6, "task_steps": np.full(n_tasks, 9)}
    every |= {"task_runtime": np.full(n_tasks, 0.5), "task_type": np.zeros(n_tasks, np.int64)}
    instance = replace(one, arrays=dict(one.arrays) | every)
    assert score(instance, decided(solver(name)(), instance, 2.0)).primary > 0.0
