"""Clairvoyant planning by exact windows: the whole of a small instance at once, else some flows at a time, from a good plan on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.best import Best
from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.flow import simulator
from aigcbench.problems.flow.model import n_actions
from aigcbench.problems.flow.plans import simple_plans
from aigcbench.problems.flow.window_model import WindowModel, window_model
from aigcbench.problems.flow.windows import run_of
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named
from aigcbench.solver import Decisions, Incumbent

WHOLE_ACTIONS = 150  # flows x actions up to which one window holds all flows, with every wait
WINDOW_ACTIONS = 480  # flows x actions of a window
COARSE_WAITS = (0, 2, 8, 32)  # slots
WINDOW_SECONDS, BOUND_SHARE = 8.0, 0.1
PLANNED_ACTIONS = 10**7  # flows x actions, per second of the limit, that a plan to start from has time for

Solve = Callable[[WindowModel, Deadline], np.ndarray | None]
"""From a window's program and the time for it to column values, or None where none were found."""


def window_search(
    instance: Instance, seconds: float, rng: np.random.Generator, incumbent: Incumbent, solve: Solve
) -> Decisions:
    """Improve the plan of simple rules by exact windows until ``seconds`` are over.

    Decisions that the program finds are played in the simulator, where what is late after all is rejected; they are kept unless they are worse.
    """
    deadline, n_flows, actions = Deadline(seconds), len(instance["flow_slot"]), n_actions(instance)
    if n_flows * actions > PLANNED_ACTIONS * seconds:
        return np.arange(n_flows) % actions
    fitness = simulator.fitness(instance)
    best = Best(fitness, incumbent)
    for plan in simple_plans(instance):
        best.offer(plan)
    best.tighten(problem_of(instance).bound(instance, BOUND_SHARE * seconds).value)
    best.report()
    current = run_of(instance, best.decisions)
    best.offer(current.actions)
    whole = n_flows * actions <= WHOLE_ACTIONS
    size = n_flows if whole else min(n_flows, max(1, WINDOW_ACTIONS // actions))
    while not deadline.passed and (best.bound is None or best.score < best.bound):
        first = int(rng.integers(n_flows - size + 1))
        model = window_model(instance, current, first, first + size, None if whole else COARSE_WAITS)
        values = solve(model, deadline if whole else Deadline(min(WINDOW_SECONDS, deadline.left)))
        if values is not None:
            found = run_of(instance, model.decisions(values))
            score = float(fitness(found.actions[None])[0])
            if score >= best.score:
                current = found
                best.offer(found.actions, score)
        if whole:
            break
    return best.decisions


def warm_up(solve: Solve) -> None:
    """Load and compile what planning needs, on a tiny instance."""
    tiny = scenario_named("flow/tiny").instance(0, "train")
    problem_of(tiny).prepare_bound()
    window_search(tiny, 60.0, np.random.default_rng(0), lambda *_: None, solve)
