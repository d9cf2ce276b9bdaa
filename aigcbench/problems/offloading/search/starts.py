"""Where clairvoyant planners start from, however short their time."""

from __future__ import annotations

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.best import Best
from aigcbench.problems.offloading import greedy, simulator
from aigcbench.problems.offloading.search.plan import PlanSearch
from aigcbench.scenario import scenario_named
from aigcbench.solver import Decisions, Incumbent

PLANNED_OPTIONS = 3 * 10**6  # tasks x stations, per second of the limit, up to which rules may look at all stations
SEARCHED_OPTIONS = 10**6  # up to which there is time for a search


def begin(instance: Instance, seconds: float, incumbent: Incumbent) -> tuple[Best, bool]:
    """The best plan of simple rules, and whether a limit of ``seconds`` leaves time for a search."""

    def report(decisions: Decisions, bound: float | None = None) -> None:
        incumbent(decisions, None if bound is None else -bound)  # a mean delay, where `Best` has minus one

    best = Best(simulator.fitness(instance), report)
    options = instance["task_work"].size * instance["station_capacity"].size / seconds
    for plan in greedy.simple_plans(instance) if options <= PLANNED_OPTIONS else [greedy.local_plan(instance)]:
        best.offer(plan)
    return best, options <= SEARCHED_OPTIONS


def warm_up() -> Instance:
    """Load or compile rules and moves by a few on a tiny instance, which is returned."""
    tiny = scenario_named("offloading/tiny").instance(0, "train")
    best, _ = begin(tiny, 60.0, lambda *_: None)
    search = PlanSearch(tiny, best.decisions, swap_share=0.5, swap_slots=1.0)
    search.improve(np.arange(len(best.decisions)))
    search.move(np.random.default_rng(0), search.typical_saving(), 100)
    return tiny
