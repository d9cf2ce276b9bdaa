"""What the exact planners share: starting plans, the choice of model, and the way from a model's plan to decisions."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.best import Best
from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.assignment import kernels, simulator
from aigcbench.problems.assignment.bound import MAXIMUM_ENTRIES
from aigcbench.problems.assignment.greedy import greedy_plans, priced_plan
from aigcbench.problems.assignment.prices import find_prices, price_bound
from aigcbench.problems.assignment.program import Program, entries_of, program_of, spans_of
from aigcbench.scenario import scenario_named
from aigcbench.solver import Incumbent

CRASH_PAIRS = 200  # tasks x servers up to which crashes are modelled exactly
PRICE_SHARE, PRICE_ITERATIONS = 0.15, 1500

# What a search has time for, per second of its limit.
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


def starting_best(instance: Instance, incumbent: Incumbent) -> Best:
    """Report the greedy plans."""
    best = Best(simulator.fitness(instance), incumbent)
    for decisions in greedy_plans(instance):
        best.offer(decisions)
    return best


def search_affordable(instance: Instance, seconds: float) -> bool:
    """Whether ``seconds`` allow for prices, the plan that they lead to, and a search from there."""
    if entries_of(instance) > SEARCHED_ENTRIES * seconds:
        return False
    spans = spans_of(instance)
    return int((spans.stop - spans.start).sum()) * len(instance["server_capacity"]) <= SEARCHED_LOADS * seconds


def start_planning(instance: Instance, deadline: Deadline, best: Best) -> Planning | None:
    """Build the program, prove a bound by prices, and offer the plan that they lead to; None for too large an instance."""
    if entries_of(instance) > MAXIMUM_ENTRIES:
        return None
    program = program_of(instance)
    prices = find_prices(program, Deadline(PRICE_SHARE * deadline.left), PRICE_ITERATIONS)
    best.tighten(price_bound(program, prices))
    planning = Planning(instance, program, best, priced_plan(program, prices), prices)
    planning.offer(planning.plan)
    return planning


def warm_up() -> None:
    """Load or compile what planners start with, on tiny instances with and without rejection."""
    tiny = scenario_named("assignment/asp-tiny").instance(0, "train")
    for allowed in (False, True):
        parameters = dict(tiny.parameters) | {"reject_allowed": allowed}
        instance = replace(tiny, parameters=parameters)
        planning = start_planning(instance, Deadline(1.0), starting_best(instance, lambda *_: None))
        assert planning is not None
