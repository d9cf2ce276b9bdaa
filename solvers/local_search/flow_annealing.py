"""Simulated annealing (Kirkpatrick, Gelatt, Vecchi, Science 1983) of flow plans."""

from __future__ import annotations

import math

import numpy as np

from aigcbench.instance import Instance
from aigcbench.solver import Decisions, Incumbent, Limits, Planner, parameter

WALL_SHARE = 0.95  # of the wall limit: what is left is for the last plan to be rated
SKETCH_SHARE = 0.05  # of the search, spent on a first quick one, so that there is something good early
AFFORDABLE_ACTIONS = 2 * 10**7  # flows x actions, per second of the limit, up to which rules can rate every action


class FlowAnnealing(Planner):
    """Anneals plans in which every admitted flow is in time, from what price-and-reject decides; flows in the way are rejected."""

    name = "flow-annealing"
    family = "local-search"
    formulations = ("flow",)
    reference = "Kirkpatrick, Gelatt, Vecchi, Optimization by simulated annealing, Science 1983"

    iterations: int = parameter(0, "moves to try; 0: until the time is over", minimum=0, maximum=10**12)
    start_temperature: float = parameter(0.1, "in priorities", minimum=1e-6, maximum=1e3)
    end_temperature: float = parameter(0.01, "in priorities", minimum=1e-6, maximum=1e3)
    price: float = parameter(
        40.0, "what a unit-second of compute costs while searching, in multiples of the temperature", minimum=0.0
    )

    def prepare(self) -> None:
        from aigcbench.problems.flow.annealing.search import warm_up
        from aigcbench.problems.problem import problem_named
        from aigcbench.scenario import scenario_named

        tiny = scenario_named("flow/tiny").instance(0, "train")
        problem_named("flow").fitness(tiny)(np.array(problem_named("flow").simple_plans(tiny)))
        warm_up(tiny)

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        from aigcbench.optimization.annealing import Cooling, anneal
        from aigcbench.optimization.best import Best
        from aigcbench.optimization.deadline import Deadline
        from aigcbench.problems.flow.annealing.search import PlanSearch
        from aigcbench.problems.flow.model import n_actions
        from aigcbench.problems.problem import problem_of

        deadline = Deadline(WALL_SHARE * limits.wall_seconds)
        problem, flows = problem_of(instance), len(instance["flow_slot"])
        best = Best(problem.fitness(instance), incumbent)
        if flows * n_actions(instance) > AFFORDABLE_ACTIONS * limits.wall_seconds:
            best.offer(np.arange(flows) % n_actions(instance))
            return best.decisions
        for plan in problem.simple_plans(instance):
            best.offer(plan)
        for share in (SKETCH_SHARE, 1.0):
            if best.score >= 1.0:  # every flow is completed
                break
            search = PlanSearch(instance, best.decisions, self.price)
            moves = math.ceil(share * self.iterations)
            cooling = Cooling(self.start_temperature, self.end_temperature, share * deadline.left, moves)
            anneal(search, cooling, rng, best.offer)
        return best.decisions
