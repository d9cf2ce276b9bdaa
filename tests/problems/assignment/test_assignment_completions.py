"""Tests of the order of completions, which the simulator sorts before the first decision."""

import numpy as np
import pytest

from aigcbench.problems.assignment import simulator
from aigcbench.problems.problem import score


@pytest.mark.parametrize(
    "tasks",
    [
        pytest.param([(1e15, 60, 1e-9, 0)] * 4, id="run-time-below-the-clock's-precision"),
        pytest.param([(0.0, 60, 5.0, 0), (0.0, 60, 5.0, 0), (5.0, 60, 1.0, 0), (6.0, 60, 1.0, 0)], id="equal-ends"),
        pytest.param([(0.0, 60, 9.0, 0), (1.0, 30, 2.0, 0), (3.0, 30, 6.0, 0), (9.0, 90, 1.0, 0)], id="end-at-arrival"),
    ],
)
def test_tasks_free_their_steps_in_time(assignment_instance, tasks):
    """For every assignment of four tasks to two servers, or their rejection, the utility equals the checker's."""
    instance = assignment_instance(
        capacity=[90, 60],
        service_server=[0, 1],
        utility_line=[[0.0, 0.0, 100.0, 1.0], [10.0, 0.0, 50.0, 0.7]],
        type_quality=[[0.0]] * 2,
        tasks=tasks,
    )
    population = np.stack(np.meshgrid(*[[-1, 0, 1]] * 4), axis=-1).reshape(-1, 4)
    checked = [score(instance, services)["utility"] for services in population]
    np.testing.assert_allclose(simulator.fitness(instance)(population), checked, rtol=0, atol=1e-9)
