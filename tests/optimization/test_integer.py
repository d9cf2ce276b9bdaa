"""Tests of linear and integer programs on the solvers behind them."""

import numpy as np
import pytest

from aigcbench.optimization import milp
from aigcbench.optimization.constraint import WholeObjective, constraint_model, solve_constraints
from aigcbench.optimization.deadline import Deadline
from aigcbench.optimization.linear import LinearProgramBuilder
from aigcbench.optimization.relaxation import solve_relaxation

VALUES, WEIGHTS, ROOM = np.array([6.5, 5.0, 4.25, 0.125]), np.array([5.0, 4.0, 3.0, 1.0]), 7.0


def knapsack():
    """A knapsack whose best choice is items 1 and 2 (9.25); its relaxation is 9.45, with four fifths of item 0."""
    builder = LinearProgramBuilder()
    items = builder.add_columns(4, VALUES, 1.0, integer=True)
    builder.add_row([(int(item), weight) for item, weight in zip(items, WEIGHTS, strict=True)], -np.inf, ROOM)
    return builder.build()


def solve_cp_sat(program, deadline, threads, start=None, improved=None):
    """The same call for CP-SAT."""
    model, variables = constraint_model(program)
    objective = WholeObjective(program.objective, len(program.objective))
    return solve_constraints(model, variables, objective, deadline, threads, 0, start, improved)


SOLVERS = {
    "highs": lambda *arguments: milp.solve_integer(arguments[0], "highs", *arguments[1:]),
    "cbc": lambda *arguments: milp.solve_integer(arguments[0], "cbc", *arguments[1:]),
    "cp-sat": solve_cp_sat,
}


@pytest.fixture(params=SOLVERS)
def solve(request):
    """Every solver in turn."""
    return SOLVERS[request.param]


@pytest.mark.parametrize("start", [None, np.array([1.0, 0.0, 0.0, 1.0])])
def test_finds_the_optimum(solve, start, capfd):
    """Each solver proves the optimum, with a starting solution and without, and prints nothing."""
    solution = solve(knapsack(), Deadline(30.0), 1, start)
    assert solution.optimal
    assert solution.values.round().tolist() == [0, 1, 1, 0]
    assert solution.bound == pytest.approx(9.25, abs=1e-6)
    assert capfd.readouterr() == ("", "")


def test_equality_and_lower_rows(solve):
    """Rows with a lower side and with both sides equal hold."""
    builder = LinearProgramBuilder()
    one, other, third = builder.add_columns(3, np.array([3.0, 2.0, 1.0]), 1.0, integer=True).tolist()
    builder.add_row([(one, 1.0), (other, 1.0), (third, 1.0)], 2.0, 2.0)
    builder.add_row([(third, 1.0), (one, -1.0)], 0.0, np.inf)
    assert solve(builder.build(), Deadline(30.0), 1).values.round().tolist() == [1, 0, 1]


def test_infeasible(solve):
    """A program without a solution gives no values."""
    builder = LinearProgramBuilder()
    (column,) = builder.add_columns(1, 1.0, 1.0, integer=True).tolist()
    builder.add_row([(column, 1.0)], 2.0, 2.0)
    assert solve(builder.build(), Deadline(30.0), 1).values is None


@pytest.mark.parametrize("name", ["highs", "cp-sat"])
def test_reports_solutions_on_the_way(name):
    """Reported values are feasible and their bounds hold."""
    reported = []
    SOLVERS[name](knapsack(), Deadline(30.0), 1, None, lambda values, bound: reported.append((values, bound)))
    assert reported
    for values, bound in reported:
        assert WEIGHTS @ values <= ROOM + 1e-9
        assert bound is None or bound >= 9.25 - 1e-6


def test_no_time_to_build():
    """A model that cannot be built before the deadline is left alone."""
    solution = milp.solve_integer(knapsack(), "highs", Deadline(0.0), 1)
    assert (solution.values, solution.bound) == (None, np.inf)


def test_cbc_that_ignores_its_limit_is_ended(monkeypatch):
    """When the watchdog fires, the answer is that there is none."""
    monkeypatch.setattr(milp, "SOLVER_SHARE", 1e-9)
    monkeypatch.setattr(milp, "BUILD_SECONDS_PER_ENTRY", 0.0)
    rng = np.random.default_rng(0)
    builder = LinearProgramBuilder()
    items = builder.add_columns(60, rng.integers(100, 200, 60).astype(float), 1.0, integer=True)
    for _ in range(30):
        row = [(int(item), float(weight)) for item, weight in zip(items, rng.integers(100, 200, 60), strict=True)]
        builder.add_row(row, -np.inf, 4500.0)
    killed = []
    end = milp._end_cbc

    def end_when_it_runs():
        import psutil

        while not killed:
            killed.extend(child.pid for child in psutil.Process().children() if child.name() == "cbc")
        end()

    monkeypatch.setattr(milp, "_end_cbc", end_when_it_runs)
    assert milp.solve_integer(builder.build(), "cbc", Deadline(120.0), 1).values is None


def test_relaxation_and_its_prices():
    """The relaxation is above the integer optimum, and its prices prove its value."""
    relaxation = solve_relaxation(knapsack(), 10.0, threads=1)
    assert relaxation.value == pytest.approx(9.45, abs=1e-6)
    proved = ROOM * relaxation.row_price[0] + np.maximum(relaxation.reduced_profit, 0.0).sum()
    assert proved == pytest.approx(relaxation.value, rel=1e-6)


def test_relaxation_without_time():
    """No time, no relaxation."""
    assert solve_relaxation(knapsack(), 0.0, threads=1) is None


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e9])
def test_whole_objective_keeps_six_decimals(size):
    """Rounding to whole numbers moves no objective beyond its bound, and that by little."""
    coefficients = size * np.random.default_rng(0).random(1000)
    objective = WholeObjective(coefficients, 1000)
    bound = objective.bound(int(objective.coefficients.sum()))
    assert coefficients.sum() <= bound <= coefficients.sum() + 1e-6 * max(1.0, size)
