"""Exact windows: the program's optimum is what the simulator makes of its decisions, and no better ones are lost."""

import numpy as np
import pytest

from aigcbench.optimization.deadline import Deadline
from aigcbench.optimization.milp import solve_integer
from aigcbench.problems.flow import simulator
from aigcbench.problems.flow.exhaustive import best_sequence
from aigcbench.problems.flow.model import n_actions
from aigcbench.problems.flow.plans import simple_plans
from aigcbench.problems.flow.window_model import window_model
from aigcbench.problems.flow.windows import options_of, run_of
from aigcbench.scenario import scenario_named

FEW_WAITS = (0, 2, 8, 32)


def solved(model):
    """Optimal column values of a window."""
    solution = solve_integer(model.linear, "highs", Deadline(60.0), 1, model.start)
    assert solution.optimal
    return solution.values


def promised(instance, model, values):
    """Weighted completion rate that column values stand for, the flows outside the window included."""
    chosen = np.flatnonzero(values[: len(model.options.flow)] > 0.5)
    flows = np.concatenate([model.options.flow[chosen], np.flatnonzero(model.actions >= 0)])
    return instance["flow_priority"][flows].sum() / instance["flow_priority"].sum()


def violation(linear, values):
    """Largest violation of a row or of a bound."""
    rows = linear.matrix @ values
    slacks = (linear.row_lower - rows, rows - linear.row_upper, linear.lower - values, values - linear.upper)
    return max(float(slack.max()) for slack in slacks)


@pytest.mark.parametrize("seed", range(8))
def test_a_window_of_all_flows_finds_the_optimum_where_gateways_are_wide(seed, small_flow_instance, wide):
    """Where nobody can be squeezed, the best decisions of the program are the best of all."""
    instance = wide(small_flow_instance(np.random.default_rng(seed), n_flows=5))
    model = window_model(instance, run_of(instance, np.full(5, -1)), 0, 5, None)
    values = solved(model)
    found = simulator.fitness(instance)(model.decisions(values)[None])[0]
    assert found == promised(instance, model, values) == best_sequence(instance)[0]


@pytest.mark.parametrize("seed", range(8))
def test_narrow_gateways_keep_their_promises(seed):
    """Where flows may be squeezed, what the program promises is still what the simulator says, and never above the optimum."""
    instance = scenario_named("flow/tiny").instance(seed, "train")
    n_flows = len(instance["flow_slot"])
    model = window_model(instance, run_of(instance, np.full(n_flows, -1)), 0, n_flows, None)
    values = solved(model)
    found = simulator.fitness(instance)(model.decisions(values)[None])[0]
    assert promised(instance, model, values) == found <= best_sequence(instance)[0]


@pytest.mark.parametrize("first", [0, 400, 1500])
def test_a_window_of_an_overloaded_day_is_no_worse_than_what_was_there(first):
    """At real size the decisions so far satisfy the program, and its optimum is played as promised, or better."""
    instance = scenario_named("flow/x2").instance(0, "train")
    fitness, before = simulator.fitness(instance), run_of(instance, simple_plans(instance)[0])
    model = window_model(instance, before, first, first + 6, FEW_WAITS)
    assert violation(model.linear, model.start) <= 1e-6
    values = solved(model)
    after = fitness(model.decisions(values)[None])[0]
    assert after >= promised(instance, model, values) - 1e-12 >= fitness(before.actions[None])[0] - 2e-12


def test_a_run_holds_only_what_is_completed(small_flow_instance):
    """Late and blocked flows become rejections, until nothing is late or blocked; the others end as the simulator says."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        instance = small_flow_instance(rng, n_flows=12)
        run = run_of(instance, rng.integers(-1, n_actions(instance), 12))
        state = simulator.single_state(instance, 0)
        simulator.replay(state, 0, run.actions, np.zeros(12))
        admitted = run.actions >= 0
        assert state.completed[0] == admitted.sum() == (run.rate > 0.0).sum()
        assert (run.done[admitted] >= run.sent[admitted]).all()


def test_waits_end_with_slots(flow_instance):
    """A flow may wait to the end of the slot in which it would end anyway, some slots more, and never beyond its deadline."""
    instance = flow_instance([8.0], [(0, 2.0, 5.9, 4.0, 0.5, 1)], level_rate=(1.0,), level_units=(1,))  # 2.5 s alone
    idle = run_of(instance, np.array([-1]))
    assert options_of(instance, idle, 0, 1, (0, 1, 9)).wait_ms.tolist() == [499, 1499, 3399]
    assert options_of(instance, idle, 0, 1, None).wait_ms.tolist() == [499, 1499, 2499, 3399]


def test_a_window_without_options_rejects(flow_instance):
    """Where no flow can meet its deadline, the program has no option and rejects them."""
    instance = flow_instance([8.0], [(0, 2.0, 1.0, 40.0, 1.0, 2), (0, 2.0, 1.0, 40.0, 1.0, 2)])
    model = window_model(instance, run_of(instance, np.array([-1, -1])), 0, 2, FEW_WAITS)
    assert model.decisions(solved(model)).tolist() == [-1, -1]
