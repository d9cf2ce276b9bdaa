"""Simulated annealing (Kirkpatrick, Gelatt, Vecchi, Science 1983) guided by capacity prices."""

from __future__ import annotations

import math
import time

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.deadline import Deadline
from aigcbench.solver import Decisions, Incumbent, Limits, Planner, parameter

WALL_SHARE = 0.97  # of the wall limit: what is left is for surprises
SERVING_BONUS = 3.0  # mean utilities that serving a task counts for, where each task that is left out crashes a server
SKETCH_SHARE = 0.05  # of the search, spent on a first quick one, so that there is something good early
PLAN_SHARE = 0.6  # of what is then left, where crashes are forced: the rest goes to decisions as they are played
PLAY_TEMPERATURE = 0.3  # of the start temperature: those begin from a good plan


class Annealing(Planner):
    """Temporal generalised assignment by simulated annealing with ejections, from the plan that capacity prices lead to."""

    name = "annealing"
    family = "local-search"
    formulations = ("assignment",)
    reference = "Kirkpatrick, Gelatt, Vecchi, Optimization by simulated annealing, Science 1983"

    iterations: int = parameter(0, "moves to try; 0: until the time is over", minimum=0, maximum=10**12)
    start_temperature: float = parameter(
        0.09, "in mean utilities of a task on its best server", minimum=1e-6, maximum=1e3
    )
    end_temperature: float = parameter(0.0075, "in the same unit", minimum=1e-6, maximum=1e3)

    def prepare(self) -> None:
        from aigcbench.problems.assignment.annealing.search import warm_up
        from aigcbench.problems.assignment.program import program_of
        from aigcbench.scenario import scenario_named

        tiny = scenario_named("assignment/asp-tiny").instance(0, "train")
        warm_up(program_of(tiny))
        type(self)(iterations=1).plan(tiny, Limits(), np.random.default_rng(0), lambda *_: None)

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        from aigcbench.problems.assignment.greedy import worth_at
        from aigcbench.problems.assignment.planning import begin

        deadline = Deadline(WALL_SHARE * limits.wall_seconds)
        best, planning = begin(instance, incumbent, deadline, limits.wall_seconds)
        if planning is None:
            return best.decisions
        scale = float(np.maximum(planning.program.utility.max(axis=1), 0.0).mean())
        if scale > 0.0:  # some task gains something somewhere
            self._anneal(planning, worth_at(planning.program, planning.prices), scale, deadline, rng)
        return best.decisions

    def _anneal(self, planning, worth, scale, deadline, rng):
        """Improve the plan; ``scale`` is the mean utility of a task on its best server."""
        from aigcbench.optimization.annealing import Cooling, anneal
        from aigcbench.problems.assignment.annealing.search import PlanSearch, PlaySearch

        instance, program = planning.instance, planning.program
        reserve = 3.0 * _seconds_to_offer(planning)
        start, end = self.start_temperature * scale, self.end_temperature * scale
        may_reject = instance.parameters["reject_allowed"]

        def cooling(start, share):
            seconds = max(0.0, share * (deadline.left - reserve))
            return Cooling(start, end, seconds, math.ceil(share * self.iterations))

        def search_plans(plan, share):
            search = PlanSearch(program, plan, worth, 0.0 if may_reject else SERVING_BONUS * scale, spread=start)
            anneal(search, cooling(start, share), rng, planning.offer)
            return search.best

        sketch = search_plans(planning.plan, SKETCH_SHARE)
        crashes_forced = not may_reject and sketch.min() < 0
        search_plans(sketch, PLAN_SHARE if crashes_forced else 1.0)
        if crashes_forced:
            play = PlaySearch(program, instance["service_server"][planning.best.decisions], worth, spread=start)
            warm = max(end, PLAY_TEMPERATURE * start)
            anneal(play, cooling(warm, 1.0), rng, lambda server: planning.best.offer(program.decisions(server)))


def _seconds_to_offer(planning):
    """Time that it takes to turn a plan into decisions and to rate them, s."""
    begin = time.monotonic()
    planning.offer(planning.plan)
    return time.monotonic() - begin
