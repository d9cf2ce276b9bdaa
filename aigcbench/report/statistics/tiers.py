"""Tiers of solvers that cannot be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from aigcbench.report.statistics.comparisons import ALPHA
from aigcbench.report.statistics.paired_tests import adjusted_p_values, paired_test
from aigcbench.report.statistics.training_variance import shared_variance


def rank_tiers(scores: Sequence[np.ndarray]) -> list[int]:
    """Tiers from 1.

    All pairs are tested over instances and, where one of them has several trainings, over trainings (see `paired_tests`;
    Holm over the pairs, 5 %). A tier begins with the first solver that is significantly worse than the first of the tier before.

    Parameters
    ----------
    scores
        Of each solver, trainings x instances, higher is better, all known; solvers in order of their means, best first.
    """
    pairs = list(combinations(range(len(scores)), 2))
    shared = shared_variance(scores)
    tests = [paired_test(scores[first], scores[second], shared) for first, second in pairs]
    worse = np.zeros((len(scores), len(scores)), bool)
    for pair, test, p_value in zip(pairs, tests, adjusted_p_values(tests)):
        worse[pair] = p_value < ALPHA and test.direction > 0.0
    tiers: list[int] = []
    head = 0
    for solver in range(len(scores)):
        if worse[head, solver]:
            head = solver
        tiers.append(1 if solver == 0 else tiers[-1] + (head == solver))
    return [int(tier) for tier in tiers]
