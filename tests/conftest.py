"""Fixtures for the whole suite."""

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from aigcbench.instance import Instance
from aigcbench.problems.problem import problem_of

# How long an example takes says nothing on a machine that is busy with other things.
settings.register_profile("no clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no clock")


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of golden data."""
    return Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def assignment_instance() -> Callable[..., Instance]:
    """Builds an assignment instance by hand: fleet, tasks, and scalars that differ from the defaults."""
    return build_assignment_instance


def build_assignment_instance(
    capacity: list[int],
    service_server: list[int],
    utility_line: list[list[float]],
    type_quality: list[list[float]],
    tasks: list[tuple[float, int, float, int]],
    **scalars: float,
) -> Instance:
    """An instance whose tasks are (arrival s, steps, run time s, type)."""
    arrival, steps, runtime, kind = (list(column) for column in zip(*tasks, strict=True))
    parameters = {
        "crash_penalty": 2.0,
        "reject_allowed": True,
        "quality_weight": 1.0,
        "horizon_s": 100.0,
        "max_steps": max(steps),
        "max_runtime_s": float(max(runtime)),
        "max_capacity": max(*capacity, 1),
    }
    arrays = {
        "server_capacity": np.array(capacity, np.int64),
        "service_server": np.array(service_server, np.int64),
        "utility_line": np.array(utility_line, np.float64),
        "type_quality": np.array(type_quality, np.float64),
        "task_arrival": np.array(arrival, np.float64),
        "task_steps": np.array(steps, np.int64),
        "task_runtime": np.array(runtime, np.float64),
        "task_type": np.array(kind, np.int64),
    }
    return Instance("assignment", "custom", 0, "test", 0, parameters | scalars, arrays)


@pytest.fixture(scope="session")
def brute_force() -> Callable[[Instance], float]:
    """Finds the best score over all action sequences of a small instance with one whole-number action per request."""

    def best(instance: Instance) -> float:
        problem = problem_of(instance)
        context = problem.context(instance, "informed")
        actions = range(-1 if context.reject_allowed else 0, context.n_actions)
        fitness = problem.fitness(instance)
        every = itertools.product(actions, repeat=problem.n_requests(instance))
        scores = []
        while block := list(itertools.islice(every, 100_000)):
            scores.append(fitness(np.array(block, np.int64)).max())
        return float(max(scores))

    return best
