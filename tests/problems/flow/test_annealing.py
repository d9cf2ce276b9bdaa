"""Tests of annealed flow plans: what the incremental bookkeeping says is what is played."""

import numpy as np
import pytest

from aigcbench.problems.flow import plans, simulator
from aigcbench.problems.flow.annealing import kernels, moves
from aigcbench.problems.flow.annealing.search import PlanSearch, empty_plan
from aigcbench.scenario import scenario_named


def play(instance, actions):
    """The simulator's state after the decisions, and the sum of priorities completed."""
    state = simulator.single_state(instance, 0)
    return state, simulator.replay(state, 0, actions, np.zeros(len(actions)))


def assert_books_are_true(plan, instance):
    """Score, delays, links and units held of a plan are those of the simulator and of a fresh count."""
    actions = plan.action.astype(np.int64)
    admitted = np.flatnonzero(actions >= 0)
    state, value = play(instance, actions)
    assert state.completed[0] == len(admitted)
    assert plan.score[kernels.VALUE] == value == instance["flow_priority"][admitted].sum()
    units = instance["level_units"][actions % 3]
    held = np.zeros(len(actions), int)
    for j in admitted:
        assert plan.finish[j] <= plan.arrival[j] + instance["flow_deadline"][j]
        held[j : np.searchsorted(plan.arrival, plan.finish[j] + kernels.GUARD_S)] += units[j]
    np.testing.assert_array_equal(plan.held, held)
    assert held.max() <= instance.parameters["compute_units"]
    spent = (units * (plan.finish - plan.arrival))[admitted].sum()
    assert plan.score[kernels.UNIT_SECONDS] == pytest.approx(spent)
    for g in range(len(instance["gateway_capacity"])):
        listed, j = [], plan.first[g]
        while j >= 0:
            listed.append(j)
            j = plan.following[j]
        assert listed == [j for j in admitted if actions[j] // 3 == g]


@pytest.mark.parametrize("scenario", ["flow/tiny", "flow/paper", "flow/x4", "flow/mixed"])
def test_books_after_many_moves(scenario):
    """Hot and cold moves, most of them taken back, leave books that a replay confirms."""
    instance = scenario_named(scenario).instance(0, "train")
    plan, rng = empty_plan(instance), np.random.default_rng(0)
    moves.load(plan, plans.simple_plans(instance)[0])
    for temperature in (1.0, 0.1, 0.01):
        moves.anneal(plan, rng, temperature, 10.0 * temperature, 5000)
        assert_books_are_true(plan, instance)


def test_books_on_scarce_gateways(small_flow_instance):
    """Where bandwidth is scarce too, so that rates are cut and flows are pushed past their deadlines, the books stay true."""
    for seed in range(30):
        rng = np.random.default_rng(seed)
        instance = small_flow_instance(rng, 40)
        plan = empty_plan(instance)
        moves.anneal(plan, rng, 0.5, 0.1, 2000)
        assert_books_are_true(plan, instance)


def test_a_move_taken_back_leaves_no_trace():
    """Rejecting and admitting flows and taking it back restores every array of the plan."""
    instance = scenario_named("flow/x3").instance(1, "train")
    plan = empty_plan(instance)
    moves.load(plan, plans.simple_plans(instance)[0])
    before = [np.copy(array) for array in plan]
    kernels.begin(plan)
    for j in np.flatnonzero(plan.action >= 0)[100:130]:
        if plan.action[j] >= 0:
            kernels.reject(plan, j)
            kernels.admit(plan, j, 0)
    assert plan.counts[kernels.N_NOTES] > 30
    kernels.take_back(plan)
    admitted = plan.action >= 0
    for name, old, new in zip(plan._fields, before, plan, strict=True):
        if name in ("action", "held", "first"):
            np.testing.assert_array_equal(new, old, err_msg=name)
        elif name in ("sending", "sent", "finish", "last", "following", "preceding"):
            np.testing.assert_array_equal(new[admitted], old[admitted], err_msg=name)
    assert_books_are_true(plan, instance)


def test_search_keeps_the_best_plan():
    """The best plan's score is what it completes when played, also after the search has moved on to worse ones."""
    instance = scenario_named("flow/x2").instance(0, "train")
    search = PlanSearch(instance, plans.simple_plans(instance)[0], price=40.0)
    rng = np.random.default_rng(0)
    for temperature in (0.1, 0.01, 1.0):
        search.move(rng, temperature, 20_000)
    assert play(instance, search.best)[1] == search.best_score
