"""CMA-ES: maximises a noisy function of a few dozen numbers without derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

PULL_WEIGHT = 1.3  # offsets of the rates in Hansen's table of defaults


class EvolutionStrategy:
    """Covariance matrix adaptation with mirrored samples and the usual defaults (Hansen, arXiv:1604.00772, Table 1).

    Parameters
    ----------
    start
        float64 (n,): mean of the first population.
    spread
        Standard deviation of the first population in every coordinate.
    population
        Candidates per generation, an even number of at least 4.
    rng
        Draws the candidates.
    """

    def __init__(self, start: np.ndarray, spread: float, population: int, rng: np.random.Generator) -> None:
        self.mean = start.astype(np.float64)
        self._spread, self._population, self._rng = spread, population, rng
        n = len(start)
        weights = math.log(population // 2 + 0.5) - np.log(np.arange(1, population // 2 + 1))
        self._weights = weights / weights.sum()
        effective = 1.0 / float((self._weights**2).sum())
        self._effective = effective
        self._spread_rate = (effective + 2) / (n + effective + 5)
        self._damping = 1 + self._spread_rate + 2 * max(0.0, math.sqrt((effective - 1) / (n + 1)) - 1)
        self._path_rate = (4 + effective / n) / (n + 4 + 2 * effective / n)
        self._rank_one = 2 / ((n + PULL_WEIGHT) ** 2 + effective)
        self._rank_many = min(1 - self._rank_one, 2 * (effective - 2 + 1 / effective) / ((n + 2) ** 2 + effective))
        self._expected = math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n))  # length of a standard normal vector
        self._covariance = np.eye(n)
        self._path, self._spread_path = np.zeros(n), np.zeros(n)
        self._generation = 0

    def advance(self, value: Callable[[np.ndarray], float]) -> None:
        """Draw a population, rank it by ``value`` (higher is better) and move the mean towards its better half."""
        eigenvalues, axes = np.linalg.eigh(self._covariance)
        lengths = np.sqrt(np.maximum(eigenvalues, 1e-20))
        half = self._rng.standard_normal((self._population // 2, len(self.mean)))
        steps = (np.concatenate([half, -half]) * lengths) @ axes.T
        values = np.array([value(self.mean + self._spread * step) for step in steps])
        chosen = steps[np.argsort(-values, kind="stable")[: len(self._weights)]]
        move = self._weights @ chosen
        self.mean = self.mean + self._spread * move
        self._generation += 1
        self._adapt(chosen, move, axes @ ((axes.T @ move) / lengths))

    def _adapt(self, chosen: np.ndarray, move: np.ndarray, whitened: np.ndarray) -> None:
        """Update paths, covariance and spread after a move."""
        rate, n = self._spread_rate, len(move)
        self._spread_path = (1 - rate) * self._spread_path + math.sqrt(rate * (2 - rate) * self._effective) * whitened
        length = float(np.linalg.norm(self._spread_path))
        settled = length / math.sqrt(1 - (1 - rate) ** (2 * self._generation))
        steady = settled < (1.4 + 2 / (n + 1)) * self._expected
        rate = self._path_rate
        self._path = (1 - rate) * self._path
        if steady:
            self._path += math.sqrt(rate * (2 - rate) * self._effective) * move
        self._covariance = (
            (1 - self._rank_one - self._rank_many) * self._covariance
            + self._rank_one * np.outer(self._path, self._path)
            + self._rank_many * (chosen.T * self._weights) @ chosen
        )
        growth = self._spread_rate / self._damping * (length / self._expected - 1)
        self._spread *= math.exp(min(1.0, growth))
