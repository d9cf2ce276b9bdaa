"""What a leaderboard is made of: boards and the standings on them."""

from __future__ import annotations

from dataclasses import dataclass

from aigcbench.report.judging import Headline
from aigcbench.report.statistics import Estimate


@dataclass(frozen=True)
class Standing:
    """One solver on one board. Averages are over instances, seeds of an instance (of training too) first; NaN where unknown.

    Parameters
    ----------
    solver, label, family
        ``label`` is the solver with its non-default parameters.
    position
        Place by mean, from 1, equal means sharing it; None where instances are missing.
    tier
        Statistical tier, from 1; None where instances are missing or too few to tell solvers apart.
    instances
        Number of instances that it ran, with every training.
    runs, scored, statuses
        Number of runs, those that delivered legal decisions, and runs per status (skipped ones only here).
    primary
        Mean primary score with its interval; a run without a score counts as the worst.
    interquartile_mean
        Mean of the middle half of the primary scores, with its interval.
    normalised
        0 = the reference solver's mean on the same instances, 1 = bound.
    gap, geometric_gap
        Mean and shifted geometric mean of the relative distance to the bound; a failure has the gap of the worst score.
    common_gap
        Shifted geometric mean of the gap over the instances that every solver of the board solved.
    primal_integral
        Distance to the best known score, averaged over the time limit: 0 is at once the best, 1 nothing until the limit.
    improvement
        Probability that it beats the next ranked solver on an instance, with its interval.
    crash_rate, delay, tail_delay
        Means of the formulation's headline metrics; a run without a score has crash rate 1 and no delay.
    decision_p50_s, decision_p99_s, wall_seconds, peak_memory_mb, training_cpu_seconds
        Means over runs (memory: the largest); decision latencies of planners are NaN.
    trainings
        Number of training seeds, 0 of a solver that is not trained.
    versions
        Number of versions of its source, or of the weights of one training, whose runs are averaged here; 1 as it should be.
    timed
        Whether the times were taken with nothing else running.
    """

    solver: str
    label: str
    family: str
    position: int | None
    tier: int | None
    instances: int
    runs: int
    scored: int
    statuses: dict[str, int]
    primary: Estimate
    interquartile_mean: Estimate
    normalised: float
    gap: float
    geometric_gap: float
    common_gap: float
    primal_integral: float
    improvement: Estimate
    crash_rate: float
    delay: float
    tail_delay: float
    decision_p50_s: float
    decision_p99_s: float
    wall_seconds: float
    peak_memory_mb: float
    training_cpu_seconds: float
    trainings: int
    versions: int
    timed: bool


@dataclass(frozen=True)
class Board:
    """The ranking of one information class on one scenario under one set of limits.

    Parameters
    ----------
    instances
        Number of instances that any of its solvers ran; a solver that ran fewer is listed last, unranked.
    bounded
        Instances with a known bound.
    common
        Instances that every solver solved, those left out that solved none.
    bound, reference, best_known
        Mean bound, mean score of the reference solver and mean of the best score that any solver of any class reached,
        over the instances; NaN unless known on all of them.
    bound_methods
        How the bounds were proven.
    instances_needed
        Instances from which this many solvers can be told apart; below, no tiers are given.
    lead
        By how much the first solver is better than the second per instance (positive is better), with its interval.
    passed_bounds
        Runs whose score is better than the bound allows: something is wrong there.
    standings
        Best first.
    """

    formulation: str
    scenario: str
    information: str
    wall_limit_s: float
    memory_limit_mb: float
    threads: int
    headline: Headline
    instances: int
    bounded: int
    common: int
    bound: float
    reference: float
    best_known: float
    bound_methods: tuple[str, ...]
    instances_needed: int
    lead: Estimate
    passed_bounds: int
    standings: tuple[Standing, ...]

    @property
    def leaders(self) -> tuple[Standing, ...]:
        """The solvers of the first tier, or the first by mean where there are no tiers."""
        return tuple(s for s in self.standings if s.tier == 1 or (s.tier is None and s.position == 1))
