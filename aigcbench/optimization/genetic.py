"""A genetic algorithm on integer sequences, on DEAP; random numbers come from the given generator alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aigcbench.optimization.best import Best
from aigcbench.optimization.deadline import Deadline

MAXIMUM_GENES = 10**7  # in a whole population; long sequences get a smaller one
SMALLEST_POPULATION = 4
SWAP_DISTANCE = 10  # mean number of genes between two that are swapped


@dataclass(frozen=True)
class GeneticSettings:
    """How to evolve.

    Parameters
    ----------
    population, generations
        Individuals, and generations after the first.
    crossover_rate
        Probability that a pair of parents is crossed, half the time at two points, half the time uniformly.
    mutations
        Mean number of mutations in each child: half redraw a gene, half swap two genes that are near each other.
    tournament_size
        Individuals that compete for each place as a parent.
    """

    population: int = 50
    generations: int = 5000
    crossover_rate: float = 0.8
    mutations: float = 1.0
    tournament_size: int = 3


def tournament(scores: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Indices of as many winners as there are scores (int64), each the best of ``size`` drawn with replacement."""
    drawn = rng.integers(len(scores), size=(len(scores), size))
    return drawn[np.arange(len(scores)), scores[drawn].argmax(axis=1)]


@dataclass(eq=False)
class Individual:
    """Genes (int64, length) and DEAP's fitness."""

    genes: np.ndarray
    fitness: Any = field(repr=False)


def evolve(
    fitness: Callable[[np.ndarray], np.ndarray],
    n_genes: int,
    actions: range,
    settings: GeneticSettings,
    seeds: Sequence[np.ndarray],
    rng: np.random.Generator,
    deadline: Deadline,
    best: Best,
    improve: Callable[[np.ndarray], np.ndarray] | None = None,
) -> None:
    """Evolve sequences of ``actions`` towards higher fitness; each improvement goes to ``best``.

    Deterministic for a given generator unless the deadline ends it. The best individual always survives.

    Parameters
    ----------
    fitness
        From a population (P x n_genes, int64) to scores (P,).
    seeds
        Sequences for the first population, which is filled up with mutants of these, or at random where there are none.
    improve
        From a population to one that takes its place before it is rated: the local search of a memetic algorithm.
    """
    from deap import tools

    operators = _Operators(n_genes, actions, settings, rng)
    size = max(SMALLEST_POPULATION, min(settings.population, MAXIMUM_GENES // n_genes))
    population = [operators.individual(np.array(genes, dtype=np.int64)) for genes in seeds[:size]]
    population += [operators.newcomer(seeds) for _ in range(size - len(population))]
    elite = tools.HallOfFame(1, similar=lambda one, other: np.array_equal(one.genes, other.genes))
    for generation in range(settings.generations + 1):
        if generation > 0:
            population = operators.children(population)
            population[0] = elite[0]
        _evaluate(fitness, population, improve)
        elite.update(population)
        best.offer(elite[0].genes, elite[0].fitness.values[0])
        if deadline.passed:
            return


def _evaluate(
    fitness: Callable[[np.ndarray], np.ndarray],
    population: list[Individual],
    improve: Callable[[np.ndarray], np.ndarray] | None,
) -> None:
    """Improve those that have no fitness yet, and give them one, all at once."""
    new = [individual for individual in population if not individual.fitness.valid]
    if not new:
        return
    genes = np.stack([one.genes for one in new])
    if improve is not None:
        genes = improve(genes)
        for individual, improved in zip(new, genes, strict=True):
            individual.genes = improved
    for individual, score in zip(new, fitness(genes).tolist(), strict=True):
        individual.fitness.values = (score,)


class _Operators:
    """Selection, crossover and mutation, registered in a DEAP toolbox."""

    def __init__(self, n_genes: int, actions: range, settings: GeneticSettings, rng: np.random.Generator) -> None:
        from deap import base

        class Fitness(base.Fitness):  # type: ignore[misc]
            """One score, to be maximised."""

            weights = (1.0,)

        self._fitness = Fitness
        self._n_genes, self._actions, self._settings, self._rng = n_genes, actions, settings, rng
        self._toolbox = base.Toolbox()
        self._toolbox.register("select", self._tournament)
        self._toolbox.register("mate", self._cross)
        self._toolbox.register("mutate", self._mutate)

    def individual(self, genes: np.ndarray) -> Individual:
        """An individual without a fitness yet."""
        return Individual(genes, self._fitness())

    def newcomer(self, seeds: Sequence[np.ndarray]) -> Individual:
        """A mutant of a seed drawn at random, or random actions where there is no seed."""
        if not seeds:
            return self.individual(self._random_genes(self._n_genes))
        genes = np.array(seeds[int(self._rng.integers(len(seeds)))], dtype=np.int64)
        self._toolbox.mutate(genes)
        return self.individual(genes)

    def children(self, population: list[Individual]) -> list[Individual]:
        """The next generation: copies of tournament winners, crossed in pairs and mutated."""
        children = [self.individual(parent.genes.copy()) for parent in self._toolbox.select(population)]
        for one, other in zip(children[::2], children[1::2], strict=False):
            if self._rng.random() < self._settings.crossover_rate:
                self._toolbox.mate(one.genes, other.genes)
        for child in children:
            self._toolbox.mutate(child.genes)
        return children

    def _random_genes(self, count: int) -> np.ndarray:
        return self._rng.integers(self._actions.start, self._actions.stop, count)

    def _tournament(self, population: list[Individual]) -> list[Individual]:
        """As many winners as there are individuals."""
        scores = np.array([individual.fitness.values[0] for individual in population])
        winners = tournament(scores, self._settings.tournament_size, self._rng)
        return [population[winner] for winner in winners.tolist()]

    def _cross(self, one: np.ndarray, other: np.ndarray) -> None:
        """Swap a stretch of genes, or each gene with probability one half, in place."""
        if self._rng.random() < 0.5:
            first, last = np.sort(self._rng.integers(self._n_genes + 1, size=2))
            swapped = np.arange(first, last)
        else:
            swapped = np.flatnonzero(self._rng.random(self._n_genes) < 0.5)
        one[swapped], other[swapped] = other[swapped], one[swapped]

    def _mutate(self, genes: np.ndarray) -> None:
        """Redraw or swap genes, a Poisson number of times, in place; near genes compete, so that a swap tends to fit."""
        for _ in range(int(self._rng.poisson(self._settings.mutations))):
            place = int(self._rng.integers(self._n_genes))
            if self._rng.random() < 0.5:
                genes[place] = self._random_genes(1)[0]
            else:
                other = min(self._n_genes - 1, place + int(self._rng.geometric(1.0 / SWAP_DISTANCE)))
                genes[place], genes[other] = genes[other], genes[place]
