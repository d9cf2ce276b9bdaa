"""Tests of the arrays of the temporal generalised assignment program."""

import numpy as np
import pytest

from aigcbench.problems.assignment import model
from aigcbench.problems.assignment.program import best_on_servers, program_of, spans_of
from aigcbench.scenario import scenario_named

LINE = [0.0, 0.0, 1.0, 1.0]


@pytest.mark.parametrize("scenario", ["asp-tiny", "orchestration-tiny", "asp-paper"])
def test_sets_are_the_maximal_active_sets(scenario):
    """The sets are exactly those active sets that no other active set contains."""
    instance = scenario_named(f"assignment/{scenario}").instance(3)
    arrival, end = instance["task_arrival"], instance["task_arrival"] + instance["task_runtime"]
    active = [frozenset(k for k in range(j + 1) if k == j or end[k] > now) for j, now in enumerate(arrival)]
    near = [active[max(0, j - 1) : j + 2] for j in range(len(active))]  # tasks run at a stretch: neighbours suffice
    maximal = [own for own, others in zip(active, near, strict=True) if not any(own < other for other in others)]
    spans = spans_of(instance)
    members = [
        frozenset(np.flatnonzero((spans.start <= m) & (m < spans.stop)).tolist()) for m in range(len(spans.sets))
    ]
    assert members == maximal


def test_task_that_ends_at_an_arrival_has_left(assignment_instance):
    """A task that ends at the instant of an arrival shares no set with it; tasks that arrive together do share one."""
    tasks = [(0.0, 1, 5.0, 0), (5.0, 1, 5.0, 0), (5.0, 1, 5.0, 0)]
    spans = spans_of(assignment_instance([1], [0], [LINE], [[0.0]], tasks))
    assert spans.sets.tolist() == [0, 2]
    assert (spans.start.tolist(), spans.stop.tolist()) == ([0, 1, 1], [1, 2, 2])


def test_run_time_too_short_for_the_clock(assignment_instance):
    """A run time lost in rounding at a late arrival still leaves each task in one set."""
    spans = spans_of(assignment_instance([1], [0], [LINE], [[0.0]], [(1e15, 1, 1e-9, 0)] * 2))
    assert (spans.stop - spans.start).tolist() == [1, 1]


def test_best_service_of_each_server():
    """A column's utility is the best over the server's services, and its service attains it."""
    instance = scenario_named("assignment/orchestration-paper").instance(0)
    program, utility = program_of(instance), model.utilities(instance)
    owner = instance["service_server"]
    for e in range(len(program.capacity)):
        np.testing.assert_array_equal(program.utility[:, e], utility[:, owner == e].max(axis=1))
    np.testing.assert_array_equal(np.take_along_axis(utility, program.service, axis=1), program.utility)
    np.testing.assert_array_equal(owner[program.service], np.broadcast_to(np.arange(10), program.service.shape))


def test_task_larger_than_a_server_has_no_column(assignment_instance):
    """A server that can never hold the task has utility -inf."""
    program = program_of(assignment_instance([4, 5], [0, 1], [LINE, LINE], [[0.0], [0.0]], [(0.0, 5, 1.0, 0)]))
    assert program.utility.tolist() == [[-np.inf, 1.0]]


def test_kinds_of_tasks_in_chunks(monkeypatch):
    """Building the table a little at a time gives the same table."""
    instance = scenario_named("assignment/orchestration-tiny").instance(1)
    whole = program_of(instance)
    monkeypatch.setattr("aigcbench.problems.assignment.program.CHUNK", 1)
    assert len(list(best_on_servers(instance))) > 1
    np.testing.assert_array_equal(program_of(instance).utility, whole.utility)
