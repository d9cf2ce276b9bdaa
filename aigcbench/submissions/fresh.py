"""Runs a policy on instances of seeds that nobody has published, and asks whether it does as well there.

A policy that draws the published instances anew knows their future, decides the same whenever it is re-run, and may hide it from who reads its
source. On instances that it has never met it is no better than what it can do without.
"""

from __future__ import annotations

import math
import secrets
from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from aigcbench.discovery import find_solver
from aigcbench.harness.cell import Cell
from aigcbench.harness.nursery import Nursery
from aigcbench.harness.supervisor import run_cell
from aigcbench.instance import Instance
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named
from aigcbench.score import Score, primary_metric
from aigcbench.submissions.finding import Finding
from aigcbench.submissions.replay import Replay
from aigcbench.submissions.row import Row
from aigcbench.submissions.verification import Verified

SIGNIFICANCE = 1e-3
"""Of the one-sided test that a policy is better on published instances than on fresh ones."""
MAXIMUM_SEEDS = 100
"""Where more fresh seeds than this would be needed, there are too few published instances to judge by."""
FIRST_SEED = 2**32


def unpublished_seeds(count: int) -> list[int]:
    """Seeds that nobody can have foreseen."""
    return [FIRST_SEED + secrets.randbelow(2**62) for _ in range(count)]


def can_refuse(published: int, fresh: int) -> bool:
    """Whether so many published instances can be better than so many fresh ones by more than chance."""
    return math.comb(published + fresh, fresh) * SIGNIFICANCE > 1.0


def seeds_needed(published: int) -> int:
    """The fewest fresh instances, up to `MAXIMUM_SEEDS`, beside which so many published ones can be better by more than chance."""
    return next((count for count in range(1, MAXIMUM_SEEDS) if can_refuse(published, count)), MAXIMUM_SEEDS)


def chance_of_better(published: Sequence[float], fresh: Sequence[float]) -> float:
    """How likely published values as high as these would be if fresh ones were drawn like them: exact rank-sum test, one-sided.

    Every choice of as many of all values is as likely as the next one. Ties share their mean rank.
    """
    values = np.concatenate([published, fresh])
    twice_ranks = [int(np.sum(values < value) + np.sum(values <= value)) + 1 for value in values]
    observed = sum(twice_ranks[: len(published)])
    sums = [defaultdict(int, {0: 1})] + [defaultdict[int, int](int) for _ in published]
    for rank in twice_ranks:  # sums[k][r]: how many choices of k values have ranks of twice the sum r
        for k in range(len(published), 0, -1):
            for below, choices in sums[k - 1].items():
                sums[k][below + rank] += choices
    as_high = sum(choices for total, choices in sums[-1].items() if total >= observed)
    return as_high / math.comb(len(values), len(published))


class FreshSeeds:
    """Compares the policies that came with a submission on published and on fresh instances.

    An instance counts once: the mean over all trainings and seeds that a policy was run with, the same on fresh instances as
    on published ones. Each score is taken relative to that of the formulation's reference solver on the same instance, so
    that easy and hard instances can be compared.

    Parameters
    ----------
    replay, nursery
        What runs the policies.
    count
        Fresh instances of each scenario; more are taken where the test could refuse nothing with so few.
    draw
        Draws as many seeds as it is told.
    """

    def __init__(
        self, replay: Replay, nursery: Nursery, count: int, draw: Callable[[int], Sequence[int]] = unpublished_seeds
    ) -> None:
        self._replay, self._nursery = replay, nursery
        self._count, self._draw = count, draw
        self._published: dict[tuple[str, str], dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
        self._runs: dict[tuple[str, str], dict[tuple[int, int], Row]] = defaultdict(dict)
        self._references: dict[str, float | None] = {}

    def note(self, verified: Verified) -> None:
        """Keep how a policy that came along did on a published instance."""
        row = verified.row
        if not self._replay.runs_own(row):
            return
        key = (str(row["label"]), str(row["scenario"]))
        self._runs[key].setdefault((int(row["training_seed"] or 0), int(row["seed"])), row)
        self._published[key][row["instance_seed"]].append(self._advantage(verified.instance, verified.score))

    def findings(self) -> list[Finding]:
        """Policies that do better on published instances than on fresh ones, by more than chance, or cannot be judged."""
        counts = {key: max(self._count, seeds_needed(len(instances))) for key, instances in self._published.items()}
        seeds = self._draw(max(counts.values(), default=0))
        found = []
        for key, instances in self._published.items():
            if not can_refuse(len(instances), counts[key]):
                few = f"{len(instances)} published instance beside {counts[key]} fresh ones cannot decide"
                found.append(Finding("information", " on ".join(key), few, "2 published instances or more"))
                continue
            fresh = [self._fresh_advantage(key, seed) for seed in seeds[: counts[key]]]
            if wrong := _suspicion([float(np.mean(runs)) for runs in instances.values()], fresh):
                found.append(
                    Finding("information", " on ".join(key), wrong, "as good on instances that nobody has published")
                )
        return found

    def _fresh_advantage(self, key: tuple[str, str], seed: int) -> float:
        """Mean advantage of all runs of a policy on a fresh instance."""
        instance = scenario_named(key[1]).instance(seed)
        advantages = []
        for row in self._runs[key].values():
            cell = self._replay.cell(row, instance)
            computed = self._replay.run(cell, instance).score if isinstance(cell, Cell) else None
            advantages.append(self._advantage(instance, computed))
        return float(np.mean(advantages))

    def _advantage(self, instance: Instance, computed: Score | None) -> float:
        """By how much a score is better than the reference solver's on the same instance; none is as bad as can be."""
        problem = problem_of(instance)
        if instance.sha256 not in self._references:
            card = find_solver(problem.reference_solver)
            reference = run_cell(self._nursery, Cell.of(card, {}, instance, 0, self._replay.limits), instance).score
            self._references[instance.sha256] = reference.primary if reference else None
        if computed is None:
            return -math.inf
        base = self._references[instance.sha256]
        sign = 1.0 if primary_metric(problem.metrics).direction == "up" else -1.0
        return sign * (computed.primary - base) if base is not None else 0.0


def _suspicion(published: Sequence[float], fresh: Sequence[float]) -> str:
    """What is wrong with advantages on published instances beside those on fresh ones; ``""`` if chance explains it."""
    p_value = chance_of_better(published, fresh)
    if p_value >= SIGNIFICANCE:
        return ""
    means = f"{np.mean(published):.4g} better than the reference there, {np.mean(fresh):.4g} on fresh seeds"
    return f"does better on the published instances ({means}; p = {p_value:.1g})"
