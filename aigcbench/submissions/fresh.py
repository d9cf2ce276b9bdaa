"""Runs a policy on instances of seeds that nobody has published, and asks whether it does as well there.

A policy that draws the published instances anew knows their future, decides the same whenever it is re-run, and may hide it from who reads its
source. On instances that it has never met it is no better than what it can do without.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Sequence

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
FIRST_SEED = 2**32


def unpublished_seeds(count: int) -> list[int]:
    """Seeds that nobody can have foreseen."""
    return [FIRST_SEED + secrets.randbelow(2**62) for _ in range(count)]


class FreshSeeds:
    """Compares the policies that came with a submission on published and on fresh instances.

    Each score is taken relative to that of the formulation's reference solver on the same instance, so that easy and
    hard instances can be compared.

    Parameters
    ----------
    replay, nursery
        What runs the policies.
    seeds
        Of the fresh instances of each scenario, from `unpublished_seeds`.
    """

    def __init__(self, replay: Replay, nursery: Nursery, seeds: Sequence[int]) -> None:
        self._replay, self._nursery = replay, nursery
        self._seeds = seeds
        self._published: dict[tuple[str, str], list[float]] = defaultdict(list)
        self._rows: dict[tuple[str, str], Row] = {}

    def note(self, verified: Verified) -> None:
        """Keep how a policy that came along did on a published instance."""
        row, computed = verified.row, verified.score
        if computed is None or not self._replay.runs_own(row):
            return
        key = (str(row["label"]), str(row["scenario"]))
        self._rows.setdefault(key, row)
        self._published[key].append(self._advantage(row, verified.instance, computed))

    def findings(self) -> list[Finding]:
        """Policies that do better on published instances than on fresh ones, by more than chance."""
        from scipy.stats import mannwhitneyu

        found = []
        for key, published in self._published.items():
            row = self._rows[key]
            fresh = [self._fresh_advantage(row, seed) for seed in self._seeds]
            p_value = float(mannwhitneyu(published, fresh, alternative="greater").pvalue)
            if p_value < SIGNIFICANCE:
                means = f"{np.mean(published):.4g} better than the reference there, {np.mean(fresh):.4g} on fresh seeds"
                wrong = f"does better on the published instances ({means}; p = {p_value:.1g})"
                found.append(
                    Finding("information", " on ".join(key), wrong, "as good on instances that nobody has published")
                )
        return found

    def _fresh_advantage(self, row: Row, seed: int) -> float:
        instance = scenario_named(row["scenario"]).instance(seed)
        cell = self._replay.cell(row, instance)
        outcome = run_cell(self._nursery, cell, instance) if isinstance(cell, Cell) else None
        if outcome is None or outcome.score is None:
            return -np.inf  # as bad as can be
        return self._advantage(row, instance, outcome.score)

    def _advantage(self, row: Row, instance: Instance, computed: Score) -> float:
        """By how much a score is better than the reference solver's on the same instance."""
        problem = problem_of(instance)
        card = find_solver(problem.reference_solver)
        reference = run_cell(self._nursery, Cell.of(card, {}, instance, 0, self._replay.limits), instance).score
        if reference is None:
            return 0.0
        sign = 1.0 if primary_metric(problem.metrics).direction == "up" else -1.0
        return sign * (computed.primary - reference.primary)
