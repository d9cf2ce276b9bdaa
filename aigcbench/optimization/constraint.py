"""Constraint programs by OR-Tools CP-SAT, which takes whole numbers only."""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np

from aigcbench.optimization.deadline import Deadline
from aigcbench.optimization.linear import LinearProgram
from aigcbench.optimization.milp import SOLVER_SHARE, Improved, IntegerSolution

TOLERANCE = 1e-7  # of the objective, that rounding it to whole numbers may cost
LARGEST_OBJECTIVE = 2.0**52


class Objective(Protocol):
    """An objective in whole numbers."""

    coefficients: np.ndarray
    """int64 (columns,)."""

    def bound(self, whole: float) -> float:
        """A bound on the true objective from one on the whole-number objective."""


class WholeObjective:
    """An objective in whole numbers, fine enough that its optimum is optimal to `TOLERANCE`.

    Parameters
    ----------
    coefficients
        float64 (columns,).
    chosen
        Largest number of columns that are 1 at once.
    """

    def __init__(self, coefficients: np.ndarray, chosen: int) -> None:
        largest = max(float(np.abs(coefficients).max(initial=0.0)) * chosen, 1e-9)
        wanted = math.ceil(math.log2(max(chosen, 1) / TOLERANCE))
        self._scale = 2.0 ** min(wanted, math.floor(math.log2(LARGEST_OBJECTIVE / largest)))
        self._slack = 0.5 * chosen / self._scale
        self.coefficients = np.rint(coefficients * self._scale).astype(np.int64)

    def bound(self, whole: float) -> float:
        """A bound on the true objective from one on the whole-number objective."""
        return whole / self._scale + self._slack


def constraint_model(program: LinearProgram) -> tuple[Any, list[Any]]:
    """A CP-SAT model with the rows of a 0-1 program whose matrix has whole numbers, and its variables."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    variables = [model.new_int_var(0, int(upper), "") for upper in program.upper]
    start = program.matrix.indptr
    for row, (low, high) in enumerate(zip(program.row_lower, program.row_upper, strict=True)):
        inside = slice(start[row], start[row + 1])
        terms = [variables[column] for column in program.matrix.indices[inside]]
        total = cp_model.LinearExpr.weighted_sum(terms, program.matrix.data[inside].astype(np.int64).tolist())
        lowest = cp_model.INT_MIN if math.isinf(low) else int(low)
        highest = cp_model.INT_MAX if math.isinf(high) else int(high)
        model.add_linear_constraint(total, lowest, highest)
    return model, variables


def solve_constraints(
    model: Any,
    variables: list[Any],
    objective: Objective,
    deadline: Deadline,
    threads: int,
    seed: int,
    start: np.ndarray | None = None,
    improved: Improved | None = None,
) -> IntegerSolution:
    """Maximise to optimality or until shortly before the deadline.

    Parameters
    ----------
    model, variables
        CP-SAT model, and its variables in the order of the objective.
    seed
        Of CP-SAT's own random numbers, 0 to 2^31 - 1.
    start
        Values to start from, as a hint.
    improved
        Called with values and bound for each better solution.
    """
    from ortools.sat.python import cp_model

    class Report(cp_model.CpSolverSolutionCallback):
        """Passes solutions on as they are found."""

        def on_solution_callback(self) -> None:
            if improved is not None:
                values = np.array([self.value(variable) for variable in variables], dtype=np.float64)
                improved(values, objective.bound(self.best_objective_bound))

    model.maximize(cp_model.LinearExpr.weighted_sum(variables, objective.coefficients.tolist()))
    if start is not None:
        for variable, value in zip(variables, start, strict=True):
            model.add_hint(variable, round(value))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = threads
    solver.parameters.random_seed = seed
    solver.parameters.max_time_in_seconds = SOLVER_SHARE * deadline.left
    status = solver.solve(model, Report())
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return IntegerSolution(None, math.inf, optimal=False)
    values = np.array([solver.value(variable) for variable in variables], dtype=np.float64)
    return IntegerSolution(values, objective.bound(solver.best_objective_bound), status == cp_model.OPTIMAL)
