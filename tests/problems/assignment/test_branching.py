"""Branch and price against brute force, and its bounds on the way."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.assignment.branching.master import Master, Prices
from aigcbench.problems.assignment.branching.nodes import NodeSolver
from aigcbench.problems.assignment.branching.primal import PlanFinder
from aigcbench.problems.assignment.branching.tree import branch_and_price
from aigcbench.problems.assignment.prices import find_prices
from aigcbench.problems.assignment.program import program_of
from aigcbench.scenario import scenario_named


class Plans:
    """Keeps the best plan offered, and holds each against the program."""

    def __init__(self, program):
        self.program, self.best = program, -math.inf

    def offer(self, plan):
        """The utility of the best plan so far."""
        assert fits(self.program, plan)
        self.best = max(self.best, self.program.utility_of(plan))
        return self.best


def nowhere(shares):
    """The plan that runs no task."""
    return np.full(len(shares), -1)


def fits(program, plan):
    """Whether no server is ever overloaded."""
    for now in program.spans.sets:
        running = (np.arange(len(plan)) <= now) & (program.spans.last >= now) & (plan >= 0)
        if (np.bincount(plan[running], program.steps[running], len(program.capacity)) > program.capacity).any():
            return False
    return True


def optimum_by_enumeration(program):
    """The best utility over all plans."""
    n_tasks, n_servers = program.utility.shape
    plans = (np.array(plan) for plan in itertools.product(range(-1, n_servers), repeat=n_tasks))
    return max(
        program.utility_of(plan) for plan in plans if np.isfinite(program.utility_of(plan)) and fits(program, plan)
    )


def small_program(seed, n_tasks=5, n_servers=3):
    """The first tasks and some servers of a paper-size instance with servers small enough to matter."""
    instance = scenario_named("assignment/asp-100").instance(seed)
    arrays = {
        name: array[:n_tasks] if name.startswith("task_") else array[:n_servers]
        for name, array in instance.arrays.items()
    }
    rng = np.random.default_rng(seed)
    arrays["task_arrival"] = np.sort(rng.integers(0, 60_000, n_tasks)).astype(float)
    arrays["server_capacity"] = rng.integers(150, 400, n_servers)
    return program_of(replace(instance, arrays=arrays))


@pytest.mark.parametrize("seed", range(25))
def test_equals_brute_force(seed):
    """The last bound is the optimum, no bound before lies below it, and they never rise."""
    program, plans = small_program(seed), None
    plans = Plans(program)
    prices = find_prices(program, Deadline(5.0), 200)
    bounds = list(branch_and_price(program, prices, Deadline(600.0), plans.offer, nowhere))
    optimum = optimum_by_enumeration(program)
    assert min(bounds) >= optimum * (1.0 - 1e-9)
    assert bounds[-1] == pytest.approx(optimum, rel=1e-6)
    assert plans.best == pytest.approx(optimum, rel=1e-9)
    assert all(later <= earlier * (1.0 + 1e-9) for earlier, later in itertools.pairwise(bounds))


def test_prices_of_no_use_cost_time_only():
    """Zero capacity prices prune nothing, and the tree still ends at the optimum."""
    program = small_program(3)
    plans = Plans(program)
    *_, last = branch_and_price(program, np.zeros((len(program.spans.sets), 3)), Deadline(600.0), plans.offer, nowhere)
    assert last == pytest.approx(optimum_by_enumeration(program), rel=1e-6)


def test_a_passed_deadline_leaves_a_valid_bound():
    """Without any time there is one bound, and it holds."""
    program = small_program(1)
    (bound,) = branch_and_price(
        program, np.zeros((len(program.spans.sets), 3)), Deadline(0.0), Plans(program).offer, nowhere
    )
    assert bound >= optimum_by_enumeration(program)


def test_master_mixes_only_what_is_allowed():
    """A schedule with a forbidden pair has no share; a known one is not added twice."""
    program = small_program(0)
    master = Master(program, Deadline(60.0))
    schedule = np.array([1, 0, 0, 0, 0], np.int8)
    assert master.add(0, schedule)
    assert not master.add(0, schedule)
    assert master.add(1, schedule)
    free = master.solve()
    assert free.value == pytest.approx(program.utility[0, :2].max())
    allowed = np.ones(program.utility.shape, dtype=bool)
    allowed[0, int(program.utility[0, :2].argmax())] = False
    master.restrict(allowed)
    assert master.solve().value == pytest.approx(program.utility[0, :2].min())


def test_a_triple_cuts_off_schedules_that_share_it():
    """Three schedules of two tasks each may be mixed in halves, until a cut allows one of them only."""
    program = replace(small_program(0), utility=np.ones((5, 3)))
    master = Master(program, Deadline(60.0))
    for server, tasks in enumerate(([0, 1], [1, 2], [0, 2])):
        schedule = np.zeros(5, np.int8)
        schedule[tasks] = 1
        master.add(server, schedule)
    assert master.solve().value == pytest.approx(3.0)
    master.add_triples(np.array([[0, 1, 2]]))
    after = master.solve()
    assert after.value == pytest.approx(2.0)
    assert (master.profits(after.prices) <= after.server_prices + 1e-6).all()


def master_of(program, *schedules):
    """A master that knows some schedules, each a server and its tasks."""
    master = Master(program, Deadline(60.0))
    for server, tasks in schedules:
        schedule = np.zeros(len(program.steps), np.int8)
        schedule[tasks] = 1
        master.add(server, schedule)
    return master


def test_a_forgotten_schedule_can_be_found_again():
    """What earns too little is dropped from the mix, the rest stays, and what was dropped is new again."""
    program = replace(small_program(0), utility=np.array([[1.0, 0.5, 0.25]] * 5))
    master = master_of(program, (0, [0]), (1, [1, 2]), (2, [3]))
    free = Prices(np.zeros(5), np.zeros(0))
    assert master.solve().value == pytest.approx(2.25)
    master.forget(free, np.array([0.0, 0.0, 0.5]))
    assert (master.count, master.solve().value) == (2, pytest.approx(2.0))
    master.keep_best(1, free, np.array([1.0, 1.5, 0.25]))
    assert (master.count, master.solve().value) == (1, pytest.approx(1.0))
    assert not master.add(0, np.array([1, 0, 0, 0, 0], np.int8))
    assert master.add(2, np.array([0, 0, 0, 1, 0], np.int8))
    assert master.solve().value == pytest.approx(1.25)


def test_trials_estimate_what_a_restriction_costs():
    """On a small master a trial is exact, and leaves the master able to solve the whole again."""
    program = replace(small_program(0), utility=np.array([[1.0, 0.5, 0.25]] * 5))
    master = master_of(program, (0, [0]), (1, [0, 1]), (2, [3]))
    every = np.ones((5, 3), dtype=bool)
    without_first, only_last = every.copy(), np.zeros((5, 3), dtype=bool)
    without_first[0, 0], only_last[3, 2] = False, True
    assert master.trial_values(every, [without_first, only_last]) == [pytest.approx(1.25), pytest.approx(0.25)]
    master.restrict(every)
    assert master.solve().value == pytest.approx(1.25)


def test_a_master_out_of_time_is_worth_nothing():
    """Prices and shares have their shape even where the solver had no time for any."""
    program = small_program(0)
    master = Master(program, Deadline(0.0))
    master.add(0, np.array([1, 0, 0, 0, 0], np.int8))
    mix = master.solve(centred=True)
    assert mix.shares.shape == program.utility.shape
    assert (mix.prices.tasks >= 0.0).all()
    assert len(mix.prices.tasks) == 5


@pytest.mark.parametrize("seed", range(5))
def test_wide_margins_rule_out_no_better_solution(seed):
    """The first bound that a margin leads to is not below the optimum, for all that reduced costs forbid."""
    program = small_program(seed)
    plans, prices = Plans(program), find_prices(program, Deadline(5.0), 200)
    optimum = optimum_by_enumeration(program)
    solver = NodeSolver(program, prices, Deadline(60.0), plans.offer, nowhere)
    solver.margin = 0.05
    root = solver.first_node()
    solved = solver.solve(root)
    assert max(solved.upper, solver.cutoff) >= optimum * (1.0 - 1e-9)
    assert (solved.allowed <= root.allowed).all()


def test_found_plans_are_legal_and_no_worse():
    """Annealing from a plan, by worth or near a mix, ends with one that fits and earns at least as much."""
    program, nothing = small_program(2), np.full(5, -1)
    finder = PlanFinder(program, 0.1, Deadline(1.0), np.random.default_rng(0))
    by_worth = finder.by_worth(nothing, program.utility)
    near = finder.near(by_worth, np.full(program.utility.shape, 1.0 / 3.0))
    assert fits(program, by_worth)
    assert fits(program, near)
    assert 0.0 < program.utility_of(by_worth) <= program.utility_of(near)
