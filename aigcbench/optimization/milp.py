"""Integer programs by PuLP, solved by HiGHS (in process) or by the CBC that PuLP brings."""

from __future__ import annotations

import contextlib
import math
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from aigcbench.optimization.deadline import Deadline
from aigcbench.optimization.linear import LinearProgram

BACKENDS = ("highs", "cbc")
SOLVER_SHARE = 0.8  # of the time left when the solver starts: solvers overrun, solutions have to be read back
CBC_SHARE = 0.7  # CBC looks at its clock seldom
BUILD_SECONDS_PER_ENTRY = 25e-6  # of the matrix, in PuLP and on the way from PuLP to the solver, on a slow core

Improved = Callable[[np.ndarray, float | None], None]


@dataclass(frozen=True, eq=False)
class IntegerSolution:
    """Outcome of a solve.

    Parameters
    ----------
    values
        float64 (columns,), or None where no feasible solution was found.
    bound
        Upper bound on the objective within the solver's tolerances; infinite where it gave none.
    optimal
        Whether the solver holds ``values`` to be optimal.
    """

    values: np.ndarray | None
    bound: float
    optimal: bool


def solve_integer(
    program: LinearProgram,
    backend: str,
    deadline: Deadline,
    threads: int,
    start: np.ndarray | None = None,
    improved: Improved | None = None,
) -> IntegerSolution:
    """Solve to optimality or until shortly before the deadline.

    Parameters
    ----------
    start
        Feasible column values to start from.
    improved
        Called with column values and bound (None if unknown) for each better solution (HiGHS only).
    """
    if program.matrix.nnz * BUILD_SECONDS_PER_ENTRY > SOLVER_SHARE * deadline.left:
        return IntegerSolution(None, math.inf, optimal=False)
    problem, variables = pulp_problem(program)
    solve = _solve_highs if backend == "highs" else _solve_cbc
    return solve(program, problem, variables, deadline, threads, start, improved)


def pulp_problem(program: LinearProgram) -> tuple[Any, list[Any]]:
    """The program as a PuLP problem, and its variables in the order of the columns."""
    import pulp

    problem = pulp.LpProblem("program", pulp.LpMaximize)
    width = len(str(len(program.objective)))
    variables = [
        problem.add_variable(
            f"x{index:0{width}}",  # PuLP sorts by name
            float(program.lower[index]),
            None if math.isinf(program.upper[index]) else float(program.upper[index]),
            pulp.LpInteger if program.integer[index] else pulp.LpContinuous,
        )
        for index in range(len(program.objective))
    ]
    objective = zip(variables, program.objective.tolist(), strict=True)
    problem.setObjective(pulp.LpAffineExpression([term for term in objective if term[1] != 0.0]))
    start, index, values = program.matrix.indptr, program.matrix.indices.tolist(), program.matrix.data.tolist()
    for row, (low, high) in enumerate(zip(program.row_lower.tolist(), program.row_upper.tolist(), strict=True)):
        inside = range(start[row], start[row + 1])
        terms = [(variables[index[k]], values[k]) for k in inside]
        if low == high:
            problem.addConstraint(pulp.LpConstraint(pulp.LpAffineExpression(terms), pulp.LpConstraintEQ, rhs=low))
            continue
        if math.isfinite(low):
            problem.addConstraint(pulp.LpConstraint(pulp.LpAffineExpression(terms), pulp.LpConstraintGE, rhs=low))
        if math.isfinite(high):
            problem.addConstraint(pulp.LpConstraint(pulp.LpAffineExpression(terms), pulp.LpConstraintLE, rhs=high))
    return problem, variables


def _solve_highs(
    program: LinearProgram,
    problem: Any,
    variables: list[Any],
    deadline: Deadline,
    threads: int,
    start: np.ndarray | None,
    improved: Improved | None,
) -> IntegerSolution:
    """Solve by HiGHS, which starts from ``start`` and reports what it finds."""
    import highspy
    import pulp

    class Session(pulp.HiGHS):  # type: ignore[misc]
        """PuLP's HiGHS with a starting solution."""

        def callSolver(self, lp: Any) -> None:
            lp.solverModel.setOptionValue("time_limit", SOLVER_SHARE * deadline.left)
            if start is not None:
                solution = highspy.HighsSolution()
                solution.col_value = _in_order(variables, start)
                lp.solverModel.setSolution(solution)
            lp.solverModel.run()

    def report(kind: Any, message: str, event: Any, answer: Any, data: Any) -> None:
        if improved is not None:
            values = np.array(event.mip_solution)[[variable.index for variable in variables]]
            improved(values, -event.mip_dual_bound if math.isfinite(event.mip_dual_bound) else None)

    kind = highspy.cb.HighsCallbackType.kCallbackMipImprovingSolution
    session = Session(
        msg=False, gapRel=0.0, gapAbs=1e-9, threads=threads, callbackTuple=(report, None), callbacksToActivate=[kind]
    )
    problem.solve(session)
    info = problem.solverModel.getInfo()
    bound = -info.mip_dual_bound if math.isfinite(info.mip_dual_bound) else math.inf
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    values = np.array([variable.varValue for variable in variables], dtype=np.float64) if feasible else None
    status = problem.solverModel.getModelStatus()
    return IntegerSolution(values, bound, status == highspy.HighsModelStatus.kOptimal)


def _in_order(variables: list[Any], values: np.ndarray) -> np.ndarray:
    """Values by the solver's column numbers instead of ours; PuLP adds a column where the objective is empty."""
    places = [variable.index for variable in variables]
    ordered = np.zeros(max(places) + 1)
    ordered[places] = values
    return ordered


def _solve_cbc(
    program: LinearProgram,
    problem: Any,
    variables: list[Any],
    deadline: Deadline,
    threads: int,
    start: np.ndarray | None,
    improved: Improved | None,
) -> IntegerSolution:
    """Solve by CBC, a process of its own that says nothing until it is done, and is ended if it ignores its time limit."""
    import pulp

    if start is not None:
        for variable, value in zip(variables, start.tolist(), strict=True):
            variable.varValue = value
    session = pulp.COIN_CMD(
        path=pulp.apis.PULP_CBC_CMD.pulp_cbc_path,
        msg=False,
        gapRel=0.0,
        gapAbs=1e-9,
        threads=threads,
        timeLimit=CBC_SHARE * deadline.left,
        warmStart=start is not None,
    )
    nothing = IntegerSolution(None, math.inf, optimal=False)
    watchdog = threading.Timer(SOLVER_SHARE * deadline.left, _end_cbc)
    watchdog.start()
    try:
        with tempfile.TemporaryDirectory() as session.tmpDir:
            problem.solve(session)
    except pulp.PulpSolverError:
        if not watchdog.finished.is_set():
            raise
        return nothing
    finally:
        watchdog.cancel()
    if problem.sol_status not in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible):
        return nothing
    values = np.array([variable.varValue or 0.0 for variable in variables], dtype=np.float64)
    optimal = problem.sol_status == pulp.LpSolutionOptimal
    return IntegerSolution(values, float(program.objective @ values) if optimal else math.inf, optimal)


def _end_cbc() -> None:
    """End the CBC process that this one started."""
    import psutil

    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if child.name() == "cbc":
                child.kill()
