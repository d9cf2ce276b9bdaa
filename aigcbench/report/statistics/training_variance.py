"""How much trainings of one learner differ, told with the help of the other learners beside it.

Of three trainings alone the variance is hardly known, and a test that allows for that finds next to nothing among many solvers.
Learners of a board are as alike as the genes of an array, for which the moderated variance was made (Smyth, "Linear models and
empirical Bayes methods for assessing differential expression in microarray experiments", 2004): what they share is estimated from
how their variances scatter, and each one's own is drawn towards it by as much as that says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma, polygamma

FEWEST = 3
"""Learners with several trainings; of fewer, how their variances scatter is not known."""
MOST_DEGREES = 1000.0


@dataclass(frozen=True)
class SharedVariance:
    """What the learners of a board share: the prior of each one's variance over trainings.

    Parameters
    ----------
    variance
        Of the mean score over trainings.
    degrees_of_freedom
        How many trainings more it is worth; 0 where nothing is shared.
    """

    variance: float
    degrees_of_freedom: float

    def moderated(self, own: float, degrees_of_freedom: float) -> tuple[float, float]:
        """A learner's variance, from its own with so many degrees of freedom, and what it has of them now.

        Never less than its own: a learner that differs from the others in how much its trainings scatter gains nothing by them.
        """
        degrees = self.degrees_of_freedom + degrees_of_freedom
        drawn = (self.degrees_of_freedom * self.variance + degrees_of_freedom * own) / degrees
        return max(own, drawn), degrees


NOTHING_SHARED = SharedVariance(0.0, 0.0)


def shared_variance(scores: Sequence[np.ndarray]) -> SharedVariance:
    """What learners share, by the moments of the logarithms of their variances (Smyth, 2004, section 6.2).

    Parameters
    ----------
    scores
        Of each solver, trainings x instances; those with one training, or with trainings all alike, tell nothing.
    """
    means = [values.mean(axis=1) for values in scores if len(values) > 1]
    learners = [(own.var(ddof=1), len(own) - 1) for own in means if np.ptp(own) > 0.0]
    if len(learners) < FEWEST:
        return NOTHING_SHARED
    variances, degrees = np.array(learners).T
    logarithms = np.log(variances) - digamma(degrees / 2) + np.log(degrees / 2)
    scatter = float(logarithms.var(ddof=1) - polygamma(1, degrees / 2).mean())
    shared = 2.0 * _inverse_trigamma(scatter)
    return SharedVariance(float(np.exp(logarithms.mean() + digamma(shared / 2) - np.log(shared / 2))), shared)


def _inverse_trigamma(value: float) -> float:
    """Where the trigamma function, which falls, has a value; at most half of `MOST_DEGREES`."""
    most = MOST_DEGREES / 2
    if value <= polygamma(1, most):
        return most
    return float(brentq(lambda x: polygamma(1, x) - value, 1e-6, most))
