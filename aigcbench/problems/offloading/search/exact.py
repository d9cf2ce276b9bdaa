"""Exact planning of small instances: an annealed plan, a proven bound, and a program that closes what lies between."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.best import Best
from aigcbench.optimization.deadline import Deadline
from aigcbench.optimization.milp import Improved, IntegerSolution
from aigcbench.problems.offloading.model import slots_and_stations
from aigcbench.problems.offloading.search.restarts import MOVES_PER_TASK, anneal_again
from aigcbench.problems.offloading.search.starts import begin
from aigcbench.problems.problem import problem_of
from aigcbench.solver import Decisions, Incumbent

ANNEALING_SHARE, RESTARTS = 0.1, 50  # of the time, at most; runs of annealing
PROVEN = 1e-8  # relative: bounds are rounded down by less
PROGRAM_OPTIONS = 10**4  # tasks x stations up to which a program is tried: beyond it finds nothing

Solve = Callable[[np.ndarray, Deadline, Improved], IntegerSolution]
"""From a plan, the time there is and who wants to know better solutions' values to what was found, its bound one on minus the mean delay."""


def plan_exactly(
    instance: Instance,
    seconds: float,
    rng: np.random.Generator,
    incumbent: Incumbent,
    bound_share: float,
    solve: Solve,
    plan_in: Callable[[np.ndarray], np.ndarray],
) -> Decisions:
    """Plan until ``seconds`` are over or the plan is proven to be the best.

    Parameters
    ----------
    bound_share
        Share of the time for the certificate (`Problem.bound`); 0: only the program proves.
    plan_in
        From the values of a program's columns to the plan (int64, tasks) that they mean.
    """
    deadline = Deadline(seconds)
    best, affordable = annealed(instance, seconds, rng, incumbent)
    if not affordable:
        return best.decisions
    if bound_share > 0.0:
        best.tighten(-problem_of(instance).bound(instance, bound_share * deadline.left).value)
        best.report()
    proven = best.bound is not None and best.score >= best.bound * (1.0 + PROVEN)
    if not proven and len(best.decisions) * len(instance["station_capacity"]) <= PROGRAM_OPTIONS:

        def improved(values: np.ndarray, bound: float | None) -> None:
            best.tighten(bound)
            best.offer(plan_in(values))

        solution = solve(best.decisions, deadline, improved)
        if solution.values is not None:
            best.offer(plan_in(solution.values))
        best.tighten(solution.bound)
        best.report()
    return best.decisions


def annealed(instance: Instance, seconds: float, rng: np.random.Generator, incumbent: Incumbent) -> tuple[Best, bool]:
    """As `begin`, then annealing from the best plan in a small share of ``seconds``."""
    best, affordable = begin(instance, seconds, incumbent)
    if affordable:
        moves = RESTARTS * MOVES_PER_TASK * len(best.decisions)
        anneal_again(instance, best, rng, Deadline(ANNEALING_SHARE * seconds), moves)
    return best, affordable


def waits_of(instance: Instance, station: np.ndarray) -> np.ndarray:
    """How long the queue of each station takes to serve when each task is placed, float64 (tasks, stations), s."""
    slot, _ = slots_and_stations(instance)
    passed = np.diff(slot, prepend=slot[0]) * float(instance.parameters["slot_s"])
    waits = np.zeros((len(station), len(instance["station_capacity"])))
    for task in range(1, len(station)):
        waits[task] = waits[task - 1]
        chosen = station[task - 1]
        waits[task, chosen] += instance["task_work"][task - 1] / instance["station_capacity"][chosen]
        waits[task] = np.maximum(waits[task] - passed[task], 0.0)
    return waits
