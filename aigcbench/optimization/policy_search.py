"""Evolving the weights of a policy within a training budget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aigcbench.optimization.evolution import EvolutionStrategy
from aigcbench.solver import Budget, Weights

if TYPE_CHECKING:
    from aigcbench.solver import TrainingRun


@dataclass(frozen=True)
class EvolutionPlan:
    """A full training.

    Parameters
    ----------
    generations, validations
        Generations of the strategy, and how often its mean is validated in that time, besides at the start.
    updates
        That one generation counts for.
    """

    generations: int
    validations: int
    updates: int


def evolve(
    strategy: EvolutionStrategy,
    weights_of: Callable[[np.ndarray], Weights],
    draw_value: Callable[[], Callable[[np.ndarray], float]],
    plan: EvolutionPlan,
    budget: Budget,
    run: TrainingRun,
) -> Weights:
    """Advance the strategy until the plan or the budget ends; return the best by validation among its means.

    Parameters
    ----------
    weights_of
        Weights of the policy at a point of the search.
    draw_value
        Draws what the points of the next generation are valued by (higher is better), the same for all of them.
    """
    validated, best = 0, -np.inf
    best_weights: Weights = {}
    for generation in range(plan.generations + 1):
        updates, share = generation * plan.updates, generation / plan.generations
        ends = generation == plan.generations or updates >= budget.updates or run.cpu_seconds() >= budget.cpu_seconds
        if ends or share * plan.validations >= validated:
            validated += 1
            weights = weights_of(strategy.mean)
            score = run.validate(weights)
            if score > best:
                best, best_weights = score, weights
            run.report({"updates": updates, "share": share, "validation": score, "best": best})
        if ends:
            break
        strategy.advance(draw_value())
    return best_weights
