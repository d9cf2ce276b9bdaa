"""Tests of the large neighbourhoods and of the descent on populations: legal plans, honest scores, nothing lost."""

import numpy as np
import pytest

from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.assignment.annealing.descent import improve_plans
from aigcbench.problems.assignment.annealing.neighbourhoods import WindowSearch, exchange_server
from aigcbench.problems.assignment.annealing.search import PlanSearch
from aigcbench.problems.assignment.decomposition import knapsack_of
from aigcbench.problems.assignment.greedy import priced_plan
from aigcbench.problems.assignment.knapsack.schedule import best_schedule
from aigcbench.problems.assignment.knapsack.states import NO_FEES, NO_TRIPLES
from aigcbench.problems.assignment.prices import find_prices
from aigcbench.problems.assignment.program import program_of
from aigcbench.scenario import scenario_named


@pytest.fixture(scope="module")
def program():
    """The program of a paper-size instance."""
    return program_of(scenario_named("assignment/asp-paper").instance(3))


def search_of(program, plan):
    """A search that stands at ``plan``."""
    return PlanSearch(program, np.asarray(plan), program.utility, bonus=0.0, spread=0.1)


@pytest.fixture(scope="module")
def prices(program):
    """Near-optimal capacity prices."""
    return find_prices(program, Deadline(60.0), 300)


def prefix_of(prices):
    """Prefix sums of prices."""
    return np.concatenate([np.zeros((1, prices.shape[1])), np.cumsum(prices, axis=0)])


def prophet_of(program):
    """Each task to the best server with room."""
    return priced_plan(program, np.zeros((len(program.spans.sets), len(program.capacity))))


def loads_of(program, plan):
    """Steps on each server at each maximal active set, added up task by task."""
    load = np.zeros((len(program.capacity), len(program.spans.sets)), np.int64)
    for j in np.flatnonzero(plan >= 0):
        load[plan[j], program.spans.start[j] : program.spans.stop[j]] += program.steps[j]
    return load


def value_of(program, plan):
    """Utility of a plan."""
    served = np.flatnonzero(plan >= 0)
    return program.utility[served, plan[served]].sum()


def assert_sound(program, state):
    """No server is overloaded, and load and score are those of the plan."""
    load = loads_of(program, state.plan)
    np.testing.assert_array_equal(state.load, load)
    assert (load <= program.capacity[:, None]).all()
    assert state.score[0] == pytest.approx(value_of(program, state.plan))


@pytest.mark.parametrize(("first", "after"), [(0, 80), (400, 520), (-50, None)])
@pytest.mark.parametrize("temperature", [1e-9, 1.0])
def test_windows_change_their_own_tasks_only(program, first, after, temperature):
    """Whatever the temperature, the plan ends no worse, and as it was outside the window."""
    n_tasks = len(program.steps)
    first, after = first % n_tasks, n_tasks if after is None else after
    whole = search_of(program, prophet_of(program))
    before, value = whole.state.plan.copy(), whole.state.score[0]
    window = WindowSearch(whole, first, after)
    window.move(np.random.default_rng(0), temperature, 20_000)
    window.finish()
    assert_sound(program, whole.state)
    assert whole.state.score[0] >= value
    outside = np.r_[0:first, after:n_tasks]
    np.testing.assert_array_equal(whole.state.plan[outside], before[outside])


def test_exchanges_only_gain(program, prices):
    """Each exchange that changes the plan improves it, and keeps the account of loads."""
    whole = search_of(program, prophet_of(program))
    gains = 0
    for server in range(len(program.capacity)):
        value = whole.state.score[0]
        if exchange_server(whole, program, prefix_of(prices), server, 1000):
            gains += 1
            assert whole.state.score[0] > value
        assert_sound(program, whole.state)
    assert gains > 0


def test_an_exchange_is_exact(program, prices):
    """On an empty plan a server gets the best of all its schedules, which the knapsack proves with as many states."""
    server, chosen = int(np.argmin(program.capacity)), np.zeros(len(program.steps), np.int8)
    whole = search_of(program, np.full(len(program.steps), -1))
    assert exchange_server(whole, program, prefix_of(prices), server, 20_000)
    utility = np.ascontiguousarray(program.utility[:, server])
    knapsack = knapsack_of(program, server, utility, prefix_of(prices), NO_TRIPLES, NO_FEES)
    value, upper = best_schedule(knapsack, 20_000, 0.0, np.inf, chosen)
    assert set(whole.state.plan) == {-1, server}
    assert whole.state.score[0] == pytest.approx(value) == upper


def test_populations_become_legal_and_better(program):
    """Plans that overload servers are thinned out in order of arrival; more moves never make one worse."""
    rng = np.random.default_rng(0)
    plans = rng.integers(-1, len(program.capacity), (4, len(program.steps)))
    search = search_of(program, np.full(len(program.steps), -1))
    thinned, improved = plans.copy(), plans.copy()
    improve_plans(search, thinned, 0, 1e-9, rng)
    improve_plans(search, improved, 5_000, 1e-9, rng)
    for plan, legal, better in zip(plans, thinned, improved, strict=True):
        assert ((legal == plan) | (legal == -1)).all()
        for one in (legal, better):
            assert (loads_of(program, one) <= program.capacity[:, None]).all()
        assert value_of(program, better) > value_of(program, legal)
