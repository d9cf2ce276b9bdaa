"""Constraint programming by OR-Tools CP-SAT."""

from __future__ import annotations

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.deadline import Deadline
from aigcbench.solver import Decisions, Incumbent, Limits, Planner


class CpSat(Planner):
    """Temporal generalised assignment as optional intervals on cumulative servers, by CP-SAT; exact with crashes where small."""

    name = "cp-sat"
    family = "exact"
    formulations = ("assignment",)

    def prepare(self) -> None:
        from ortools.sat.python import cp_model  # noqa: F401

        from aigcbench.problems.assignment.planning import warm_up

        warm_up()

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        from aigcbench.optimization.constraint import WholeObjective, constraint_model, solve_constraints
        from aigcbench.problems.assignment.crashes import crash_model
        from aigcbench.problems.assignment.intervals import interval_model
        from aigcbench.problems.assignment.linear import plan_of
        from aigcbench.problems.assignment.planning import begin

        deadline = Deadline(limits.wall_seconds)
        best, planning = begin(instance, incumbent, deadline, limits.wall_seconds)
        if planning is None:
            return best.decisions
        program, seed = planning.program, int(rng.integers(2**31))
        n_tasks = len(program.steps)
        if planning.crashes_matter:
            crashes = crash_model(program)
            model, variables = constraint_model(crashes.linear)
            objective = WholeObjective(crashes.linear.objective, n_tasks)
            solution = solve_constraints(model, variables, objective, deadline, limits.threads, seed)
            if solution.values is not None:
                best.offer(program.decisions(crashes.plan(solution.values)))
        else:
            model, variables, task, server = interval_model(program)
            objective = WholeObjective(program.utility[task, server], n_tasks)
            start = (planning.plan[task] == server).astype(np.float64)

            def improved(values: np.ndarray, bound: float | None) -> None:
                best.tighten(bound)
                planning.offer(plan_of(values, task, server, n_tasks))

            solution = solve_constraints(model, variables, objective, deadline, limits.threads, seed, start, improved)
            if solution.values is not None:
                planning.offer(plan_of(solution.values, task, server, n_tasks))
        best.tighten(solution.bound)
        best.report()
        return best.decisions
