"""Linear relaxations by HiGHS, with the model passed as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aigcbench.optimization.linear import LinearProgram


@dataclass(frozen=True, eq=False)
class Relaxation:
    """What the solver found: near-optimal to its tolerances, hence no proof by itself.

    Parameters
    ----------
    value
        Objective.
    row_price
        float64 (rows,): change of the objective per unit of a row's right-hand side.
    reduced_profit
        float64 (columns,): change of the objective per unit of a column.
    """

    value: float
    row_price: np.ndarray
    reduced_profit: np.ndarray


def solve_relaxation(program: LinearProgram, seconds: float, threads: int) -> Relaxation | None:
    """Solve without the integrality by an interior point method; None if it is not done in ``seconds``.

    No crossover: a vertex is not needed, and takes longer than the rest.
    """
    import highspy

    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = program.matrix.shape
    model.col_cost_ = -program.objective
    model.col_lower_, model.col_upper_ = program.lower, program.upper
    model.row_lower_, model.row_upper_ = program.row_lower, program.row_upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = program.matrix.indptr
    model.a_matrix_.index_ = program.matrix.indices
    model.a_matrix_.value_ = program.matrix.data
    solver = highspy.Highs()
    options = {
        "output_flag": False,
        "solver": "ipm",
        "run_crossover": "off",
        "threads": threads,
        "time_limit": float(seconds),
    }
    for name, value in options.items():
        solver.setOptionValue(name, value)
    solver.passModel(model)
    solver.run()
    if (
        solver.getModelStatus() == highspy.HighsModelStatus.kUnknown
    ):  # what presolve took out came back not quite optimal
        solver.setOptionValue("solver", "simplex")
        solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    solution = solver.getSolution()
    return Relaxation(
        -solver.getInfo().objective_function_value, -np.array(solution.row_dual), -np.array(solution.col_dual)
    )
