"""Mixed-integer programming by PuLP, solved with HiGHS or CBC."""

from __future__ import annotations

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.deadline import Deadline
from aigcbench.solver import Decisions, Incumbent, Limits, Planner, parameter


class Milp(Planner):
    """Temporal generalised assignment as an integer program, by HiGHS or CBC through PuLP; exact with crashes where small."""

    name = "milp"
    family = "exact"
    formulations = ("assignment",)

    backend: str = parameter("highs", "solver behind PuLP", choices=("highs", "cbc"))

    def prepare(self) -> None:
        import highspy  # noqa: F401
        import pulp  # noqa: F401

        from aigcbench.problems.assignment.planning import warm_up

        warm_up()

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        from aigcbench.optimization.milp import solve_integer
        from aigcbench.problems.assignment.crashes import crash_model
        from aigcbench.problems.assignment.linear import assignment_model, model_start, plan_of
        from aigcbench.problems.assignment.planning import begin

        deadline = Deadline(limits.wall_seconds)
        best, planning = begin(instance, incumbent, deadline, limits.wall_seconds)
        if planning is None:
            return best.decisions
        program = planning.program
        if planning.crashes_matter:
            crashes = crash_model(program)
            solution = solve_integer(crashes.linear, self.backend, deadline, limits.threads)
            if solution.values is not None:
                best.offer(program.decisions(crashes.plan(solution.values)))
        else:
            model = assignment_model(program)
            start = model_start(model, program, planning.plan)
            n_tasks = len(program.steps)

            def improved(values: np.ndarray, bound: float | None) -> None:
                best.tighten(bound)
                planning.offer(plan_of(values, model.task, model.server, n_tasks))

            solution = solve_integer(model.linear, self.backend, deadline, limits.threads, start, improved)
            if solution.values is not None:
                planning.offer(plan_of(solution.values, model.task, model.server, n_tasks))
        best.tighten(solution.bound)
        best.report()
        return best.decisions
