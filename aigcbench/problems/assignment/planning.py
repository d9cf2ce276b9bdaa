"""What the planners share: how they begin, the choice of model, and the way from a model's plan to decisions."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.best import Best
from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.assignment import kernels, simulator
from aigcbench.problems.assignment.bound import MAXIMUM_ENTRIES
from aigcbench.problems.assignment.greedy import priced_plan, simple_plans
from aigcbench.problems.assignment.prices import find_prices, price_bound
from aigcbench.problems.assignment.program import Program, entries_of, program_of, spans_of
from aigcbench.scenario import scenario_named
from aigcbench.solver import Incumbent

CRASH_PAIRS = 200  # tasks x servers up to which crashes are modelled exactly
PRICE_SHARE, PRICE_ITERATIONS = 0.15, 1500

# What there is time for, per second of the limit.
GREEDY_ENTRIES = 10**8  # tasks x services
SEARCHED_ENTRIES = 3 * 10**5  # tasks x services
SEARCHED_LOADS = 10**8  # tasks x servers x length of a span


@dataclass(frozen=True, eq=False)
class Planning:
    """One instance on its way to decisions.

    Parameters
    ----------
    instance, program
        What is to be solved.
    best
        Best decisions so far; holds some from the start.
    plan
        Server of each task (int64), -1 left out: a plan of the program to start from, without crashes.
    prices
        float64 (sets, servers), the capacity prices that led to it.
    """

    instance: Instance
    program: Program
    best: Best
    plan: np.ndarray
    prices: np.ndarray

    @property
    def crashes_matter(self) -> bool:
        """Whether the exact optimum needs the crash model, and the instance is small enough for it."""
        return not self.instance.parameters["reject_allowed"] and self.program.utility.size <= CRASH_PAIRS

    def offer(self, plan: np.ndarray) -> None:
        """Turn a plan (server per task, -1 left out) into legal decisions, and keep them if they are better."""
        self.best.offer(self.decisions(plan))

    def decisions(self, plan: np.ndarray) -> np.ndarray:
        """Services (int64) for a plan; where rejection is forbidden, tasks left out are sent where they cost least."""
        if self.instance.parameters["reject_allowed"]:
            return self.program.decisions(plan)
        program, spans = self.program, self.program.spans
        chosen = np.flatnonzero(plan >= 0)
        change = np.zeros((len(spans.sets) + 1, len(program.capacity)), np.int64)
        np.add.at(change, (spans.start[chosen], plan[chosen]), program.steps[chosen])
        np.add.at(change, (spans.stop[chosen], plan[chosen]), -program.steps[chosen])
        decisions = np.empty(len(plan), np.int64)
        kernels.repair(
            simulator.single_state(self.instance, 0), plan.copy(), program.service, program.utility, spans.start,
            spans.stop, np.cumsum(change, axis=0)[:-1], decisions,
        )  # fmt: skip
        return decisions


def begin(
    instance: Instance, incumbent: Incumbent, deadline: Deadline, seconds: float, affordable: bool = True
) -> tuple[Best, Planning | None]:
    """Report what simple rules decide, then where there is time the plan that capacity prices lead to.

    Parameters
    ----------
    seconds
        The limit, which decides what there is time for: the same instance and limit always begin alike.
    affordable
        Whether what the planner wants to do after this has time too.

    Returns
    -------
    The best so far, and what to search on with; None where only the former is affordable.
    """
    best = Best(simulator.fitness(instance), incumbent)
    if entries_of(instance) > GREEDY_ENTRIES * seconds:
        best.offer(np.arange(len(instance["task_arrival"])) % len(instance["service_server"]))
        return best, None
    for decisions in simple_plans(instance):
        best.offer(decisions)
    if not affordable or not _search_affordable(instance, seconds):
        return best, None
    program = program_of(instance)
    prices = find_prices(program, Deadline(PRICE_SHARE * deadline.left), PRICE_ITERATIONS)
    best.tighten(price_bound(program, prices))
    planning = Planning(instance, program, best, priced_plan(program, prices), prices)
    planning.offer(planning.plan)
    return best, planning


def _search_affordable(instance: Instance, seconds: float) -> bool:
    """Whether there is time for prices, the plan that they lead to, and a search from there."""
    if entries_of(instance) > min(MAXIMUM_ENTRIES, SEARCHED_ENTRIES * seconds):
        return False
    spans = spans_of(instance)
    return int((spans.stop - spans.start).sum()) * len(instance["server_capacity"]) <= SEARCHED_LOADS * seconds


def warm_up() -> None:
    """Load or compile what planners start with, on tiny instances with and without rejection."""
    tiny = scenario_named("assignment/asp-tiny").instance(0, "train")
    for allowed in (False, True):
        parameters = dict(tiny.parameters) | {"reject_allowed": allowed}
        instance = replace(tiny, parameters=parameters)
        _, planning = begin(instance, lambda *_: None, Deadline(1.0), 1.0)
        assert planning is not None
