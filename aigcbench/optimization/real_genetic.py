"""A genetic algorithm on numbers in [0, 1], on DEAP: simulated binary crossover and polynomial mutation."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from aigcbench.optimization.deadline import Deadline
from aigcbench.optimization.genetic import tournament


@dataclass(frozen=True)
class RealSettings:
    """How to evolve.

    Parameters
    ----------
    population, generations
        Individuals, and generations after the first.
    crossover_rate
        Probability that a pair of parents is crossed.
    crossover_eta, mutation_eta
        Distribution indices: children are the nearer to their parents the higher these are.
    mutations
        Mean number of genes of a child that mutate.
    tournament_size
        Individuals that compete for each place as a parent.
    """

    population: int = 50
    generations: int = 100
    crossover_rate: float = 0.9
    crossover_eta: float = 15.0
    mutation_eta: float = 20.0
    mutations: float = 1.0
    tournament_size: int = 2


def evolve_real(
    cost: Callable[[np.ndarray], np.ndarray],
    n_genes: int,
    settings: RealSettings,
    seeds: Sequence[np.ndarray],
    rng: np.random.Generator,
    deadline: Deadline,
) -> tuple[np.ndarray, float]:
    """Evolve numbers in [0, 1] towards a lower cost; return the best individual (float64, n_genes) and its cost.

    Deterministic for a given generator unless the deadline ends it. The best individual always survives.

    Parameters
    ----------
    cost
        From a population (P x n_genes, float64) to costs (P,).
    seeds
        Individuals of the first population, whose others are drawn uniformly.
    """
    genes = rng.random((settings.population, n_genes))
    for place, seed in enumerate(seeds[: settings.population]):
        genes[place] = seed
    costs = cost(genes)
    with _seeded(rng):
        for _ in range(settings.generations):
            if deadline.passed:
                break
            elite = int(costs.argmin())
            best, best_cost = genes[elite].copy(), costs[elite]
            genes = _children(genes[tournament(-costs, settings.tournament_size, rng)], settings)
            costs = cost(genes)
            genes[0], costs[0] = best, best_cost
    winner = int(costs.argmin())
    return genes[winner], float(costs[winner])


def _children(parents: np.ndarray, settings: RealSettings) -> np.ndarray:
    """Parents (P x n_genes), crossed in pairs and mutated."""
    from deap import tools

    population = parents.tolist()  # DEAP changes lists gene by gene, much faster than arrays
    rate = min(1.0, settings.mutations / parents.shape[1])
    for one, other in zip(population[::2], population[1::2], strict=False):
        if random.random() < settings.crossover_rate:
            tools.cxSimulatedBinaryBounded(one, other, settings.crossover_eta, 0.0, 1.0)
    for child in population:
        tools.mutPolynomialBounded(child, settings.mutation_eta, 0.0, 1.0, rate)
    return np.array(population)


@contextmanager
def _seeded(rng: np.random.Generator) -> Iterator[None]:
    """Python's global generator, from which DEAP draws, seeded from ``rng`` for a while and then put back."""
    state = random.getstate()
    random.seed(int(rng.integers(2**63)))
    try:
        yield
    finally:
        random.setstate(state)
