"""Genetic algorithm on DEAP."""

from __future__ import annotations

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.genetic import GeneticSettings
from aigcbench.solver import Decisions, Incumbent, Limits, Planner, parameter

DEFAULTS = GeneticSettings()
WALL_SHARE = 0.9  # of the wall limit: a generation may take a while


class Genetic(Planner):
    """Integer-coded genetic algorithm with tournament selection, two-point and uniform crossover, seeded by simple rules."""

    name = "genetic"
    family = "genetic"
    formulations = ("assignment", "offloading", "flow")

    population: int = parameter(DEFAULTS.population, "individuals", minimum=4, maximum=100_000)
    generations: int = parameter(DEFAULTS.generations, "generations, unless time runs out first", minimum=0)
    crossover_rate: float = parameter(DEFAULTS.crossover_rate, "probability to cross two parents", minimum=0, maximum=1)
    mutations: float = parameter(DEFAULTS.mutations, "mean number of mutations in a child", minimum=0)
    tournament_size: int = parameter(DEFAULTS.tournament_size, "competitors for each parent's place", minimum=1)
    seeded: bool = parameter(True, "put what simple rules decide into the first population")

    def prepare(self) -> None:
        import deap.base
        import deap.tools  # noqa: F401

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        from aigcbench.optimization.best import Best
        from aigcbench.optimization.deadline import Deadline
        from aigcbench.optimization.genetic import evolve
        from aigcbench.problems.problem import problem_of

        deadline = Deadline(WALL_SHARE * limits.wall_seconds)
        problem = problem_of(instance)
        context = problem.context(instance, "informed")
        fitness = problem.fitness(instance)
        best = Best(fitness, incumbent)
        settings = GeneticSettings(
            self.population, self.generations, self.crossover_rate, self.mutations, self.tournament_size
        )
        actions = range(-1 if context.reject_allowed else 0, context.n_actions)
        seeds = problem.simple_plans(instance) if self.seeded else []
        evolve(fitness, problem.n_requests(instance), actions, settings, seeds, rng, deadline, best)
        return best.decisions
