"""Memetic algorithm: the genetic algorithm on DEAP with a compiled local search on every child."""

from __future__ import annotations

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.genetic import GeneticSettings
from aigcbench.solver import Decisions, Incumbent, Limits, Planner, parameter

WALL_SHARE = 0.9  # of the wall limit: a generation may take a while
TEMPERATURE = 0.0075  # of the local search, in mean utilities of a task on its best server
SPREAD = 0.09  # of the servers that it proposes, in the same unit
SERVING_BONUS = 3.0  # mean utilities that serving a task counts for, where tasks must not be rejected
MOVES_PER_SECOND = 10**5  # of the limit, on a whole generation: with more of them it could overrun


class Memetic(Planner):
    """Genetic algorithm whose children are improved by random moves in compiled code, seeded by greedy and priced plans."""

    name = "memetic"
    family = "genetic"
    formulations = ("assignment",)
    reference = (
        "Moscato, On evolution, search, optimization, genetic algorithms and martial arts, Caltech report 826, 1989"
    )

    population: int = parameter(16, "individuals", minimum=4, maximum=100_000)
    generations: int = parameter(5000, "generations, unless time runs out first", minimum=0)
    crossover_rate: float = parameter(0.8, "probability to cross two parents", minimum=0, maximum=1)
    mutations: float = parameter(4.0, "mean number of mutations in a child", minimum=0)
    tournament_size: int = parameter(2, "competitors for each parent's place", minimum=1)
    moves: float = parameter(
        30.0, "moves of the local search on each child, per task; fewer where time is short", minimum=0, maximum=1e6
    )

    def prepare(self) -> None:
        import deap.base
        import deap.tools  # noqa: F401

        from aigcbench.scenario import scenario_named

        tiny = scenario_named("assignment/asp-tiny").instance(0, "train")
        type(self)(generations=1).plan(tiny, Limits(), np.random.default_rng(0), lambda *_: None)

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        from aigcbench.optimization.deadline import Deadline
        from aigcbench.optimization.genetic import evolve
        from aigcbench.problems.assignment.greedy import simple_plans
        from aigcbench.problems.assignment.planning import begin
        from aigcbench.problems.problem import problem_of

        deadline = Deadline(WALL_SHARE * limits.wall_seconds)
        n_tasks, seconds = len(instance["task_arrival"]), limits.wall_seconds
        affordable = MOVES_PER_SECOND * seconds / (n_tasks * self.population) - 1.0  # one goes to making a child legal
        moves = min(self.moves, affordable)
        best, planning = begin(instance, incumbent, deadline, seconds, affordable=moves >= 0.0)
        if planning is None:
            return best.decisions
        problem = problem_of(instance)
        context = problem.context(instance, "informed")
        settings = GeneticSettings(
            self.population, self.generations, self.crossover_rate, self.mutations, self.tournament_size
        )
        actions = range(-1 if context.reject_allowed else 0, context.n_actions)
        seeds = [planning.decisions(planning.plan), *simple_plans(instance)]
        improve = _local_search(planning, round(moves * n_tasks), rng)
        evolve(problem.fitness(instance), n_tasks, actions, settings, seeds, rng, deadline, best, improve)
        return best.decisions


def _local_search(planning, moves, rng):
    """From a population of decisions (int64, P x tasks) to better ones, by so many moves on each."""
    from aigcbench.problems.assignment.annealing.descent import improve_plans
    from aigcbench.problems.assignment.annealing.search import PlanSearch
    from aigcbench.problems.assignment.greedy import worth_at

    instance, program = planning.instance, planning.program
    scale = max(float(np.maximum(program.utility.max(axis=1), 0.0).mean()), 1e-12)
    bonus = 0.0 if instance.parameters["reject_allowed"] else SERVING_BONUS * scale
    worth = worth_at(program, planning.prices)
    search = PlanSearch(program, planning.plan, worth, bonus, spread=SPREAD * scale)

    def improve(population):
        plans = np.where(population < 0, -1, instance["service_server"][population])
        improve_plans(search, plans, moves, TEMPERATURE * scale, rng)
        return np.stack([planning.decisions(plan) for plan in plans])

    return improve
