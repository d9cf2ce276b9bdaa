"""Memetic algorithm for offloading: the genetic algorithm on DEAP with a compiled descent on every child."""

from __future__ import annotations

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.genetic import GeneticSettings
from aigcbench.solver import Decisions, Incumbent, Limits, Planner, parameter

WALL_SHARE = 0.9  # of the wall limit: a generation may take a while
OPTIONS_PER_SECOND = 10**6
"""Tasks x stations x individuals x sweeps, per second of the limit, that a generation may look at."""


class OffloadingMemetic(Planner):
    """Genetic algorithm whose children are improved task by task, each sent where the delay of all is least; from the plans of simple rules."""

    name = "offloading-memetic"
    family = "genetic"
    formulations = ("offloading",)
    reference = (
        "Moscato, On evolution, search, optimization, genetic algorithms and martial arts, Caltech report 826, 1989"
    )

    population: int = parameter(12, "individuals", minimum=4, maximum=100_000)
    generations: int = parameter(100_000, "generations, unless time runs out first", minimum=0)
    crossover_rate: float = parameter(0.8, "probability to cross two parents", minimum=0, maximum=1)
    mutations: float = parameter(4.0, "mean number of mutations in a child", minimum=0)
    tournament_size: int = parameter(2, "competitors for each parent's place", minimum=1)
    sweeps: int = parameter(1, "times that the descent goes through all tasks of a child", minimum=1, maximum=1000)

    def prepare(self) -> None:
        import deap.base
        import deap.tools  # noqa: F401

        from aigcbench.problems.offloading.search.starts import warm_up

        warm_up()

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        from aigcbench.optimization.deadline import Deadline
        from aigcbench.optimization.genetic import evolve
        from aigcbench.problems.offloading.search.plan import PlanSearch
        from aigcbench.problems.offloading.search.starts import begin
        from aigcbench.problems.problem import problem_of

        deadline = Deadline(WALL_SHARE * limits.wall_seconds)
        best, affordable = begin(instance, limits.wall_seconds, incumbent)
        n_tasks, n_stations = len(best.decisions), len(instance["station_capacity"])
        looks = n_tasks * n_stations * self.population * self.sweeps
        if not affordable or looks > OPTIONS_PER_SECOND * limits.wall_seconds:
            return best.decisions

        def improve(population):
            improved = []
            for plan in population:
                search = PlanSearch(instance, plan)
                for _ in range(self.sweeps):
                    search.improve(rng.permutation(n_tasks))
                improved.append(search.best)
            return np.stack(improved)

        problem = problem_of(instance)
        settings = GeneticSettings(
            self.population, self.generations, self.crossover_rate, self.mutations, self.tournament_size
        )
        seeds = problem.simple_plans(instance)
        evolve(problem.fitness(instance), n_tasks, range(n_stations), settings, seeds, rng, deadline, best, improve)
        return best.decisions
