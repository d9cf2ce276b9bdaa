"""Windows of the rolling horizon and the programs of exact planners, against plans that are known."""

import numpy as np
import pytest

from aigcbench.optimization.deadline import Deadline
from aigcbench.optimization.milp import solve_integer
from aigcbench.problems.offloading.checker import check
from aigcbench.problems.offloading.greedy import opt_ts_plan
from aigcbench.problems.offloading.linear import offloading_model
from aigcbench.problems.offloading.search import kernels
from aigcbench.problems.offloading.search.exact import waits_of
from aigcbench.problems.offloading.search.plan import empty_plan
from aigcbench.problems.offloading.search.rolling import roll
from aigcbench.problems.offloading.search.whole_numbers import TickModel
from aigcbench.problems.offloading.search.windows import queue_prices, window_program
from aigcbench.scenario import scenario_named


def loaded(instance, station):
    """The compiled plan that ``station`` is."""
    plan = empty_plan(instance)
    kernels.load(plan, station)
    return plan


@pytest.mark.parametrize("seed", range(10))
def test_prices_of_a_queue(random_instance, seed):
    """A little more work at the end of a slot costs later slots what the slope of its queue's cost says."""
    rng = np.random.default_rng(seed)
    instance = random_instance(rng, 2, 6, 12)
    plan = loaded(instance, rng.integers(2, size=len(instance["task_work"])))
    for station in range(2):
        for slot in range(1, 6):
            widths, slopes = queue_prices(plan, station, slot)
            level, more = plan.queue[station, slot], 1e-7
            piece = np.searchsorted(np.cumsum(widths), level, side="right")
            queue, cost = level + more, 0.0
            for later in range(slot, 6):
                cost += (queue - plan.queue[station, later]) * plan.tasks[station, later] / plan.capacity[station]
                end = plan.queue[station, later + 1] - plan.spare[station, later]
                queue = max(end + queue - plan.queue[station, later], 0.0)
            assert cost / more == pytest.approx(slopes[piece], rel=1e-5, abs=1e-12)


def test_a_window_moves_its_own_tasks_only():
    """What a window decides is a legal plan that agrees with the numbers it was given and leaves other slots alone."""
    instance = scenario_named("offloading/light25").instance(0, "train")
    before = opt_ts_plan(instance)
    plan = loaded(instance, before)
    window = window_program(plan, 3, 5, change=0.5)
    values = solve_integer(window.linear, "highs", Deadline(5.0), threads=1).values
    assert values is not None
    after = window.apply(values, before)
    first, last = plan.slot_first[3], plan.slot_first[5]
    np.testing.assert_array_equal(np.delete(after, slice(first, last)), np.delete(before, slice(first, last)))
    for tasks, columns in zip(window.classes, window.sent, strict=True):
        np.testing.assert_array_equal(np.bincount(after[tasks], minlength=20), np.rint(values[columns]))
    changed = np.abs(loaded(instance, after).tasks - plan.tasks)
    assert (changed <= np.maximum(1.0, 0.5 * plan.tasks)).all()


def test_rolling_gains_in_overload(random_instance):
    """A few windows of an overloaded instance make the greedy plan better."""
    instance = random_instance(np.random.default_rng(5), 3, 6, 60)
    calls = []

    def solve(program, deadline):
        calls.append(program)
        return solve_integer(program, "highs", Deadline(5.0), threads=1).values if len(calls) < 4 else None

    decisions = roll(instance, 120.0, lambda *_: None, 1, solve)
    greedy = check(instance, opt_ts_plan(instance))["mean_delay"]
    assert check(instance, decisions)["mean_delay"] < 0.999 * greedy


@pytest.mark.parametrize("seed", range(20))
def test_ticks_and_waits(random_instance, seed):
    """Any plan waits as the checker says, and costs no more in ticks than in seconds, nearly as much."""
    rng = np.random.default_rng(seed)
    instance = random_instance(rng, 3, 4, 10)
    n_tasks = len(instance["task_work"])
    station = rng.integers(3, size=n_tasks)
    model, exact = offloading_model(instance), check(instance, station)["mean_delay"]
    chosen = (np.arange(n_tasks), station)
    alone = -model.linear.objective[model.served[chosen]].sum()
    assert alone + waits_of(instance, station)[chosen].mean() == pytest.approx(exact, rel=1e-12)
    ticks = TickModel(instance, model)
    cost = -ticks.bound(float(ticks.coefficients @ ticks.start(station)))
    assert exact - 1e-6 <= cost <= exact + 1e-12
