"""Annealing of few tasks: short runs again and again, since one run however long is often stuck."""

from __future__ import annotations

import itertools

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.annealing import Cooling, anneal
from aigcbench.optimization.best import Best
from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.offloading.search.plan import PlanSearch

FEW_TASKS = 200
MOVES_PER_TASK = 5000  # of a run
START, END = 0.1, 0.002  # temperatures, in mean savings of a task
HEATS = (1.0, 5.0)  # what the runs' start temperature is multiplied by in turn
SWAP_SHARE, SWAP_SLOTS = 0.5, 2.0


def anneal_again(instance: Instance, best: Best, rng: np.random.Generator, deadline: Deadline, moves: float) -> None:
    """Anneal from the best plan until ``moves`` have been tried or the time is over; improvements go to ``best``."""
    first, done = best.decisions, 0
    for heat in itertools.cycle(HEATS):
        if deadline.passed or done >= moves:
            return
        search = PlanSearch(instance, first, SWAP_SHARE, SWAP_SLOTS)
        unit = max(search.typical_saving(), 1e-300)
        count = int(min(MOVES_PER_TASK * len(first), moves - done))
        anneal(search, Cooling(heat * START * unit, END * unit, deadline.left, count), rng, lambda _: None)
        best.offer(search.best)
        done += count
