"""Recorded episodes that compiled policies decide again and again."""

from __future__ import annotations

import numpy as np

from aigcbench.agents import agents_of, compiled_form
from aigcbench.instance import Instance
from aigcbench.problems.offloading import episode, model
from aigcbench.problems.offloading.simulator import single_state
from aigcbench.solver import Policy


def mean_delay(policy: Policy, instance: Instance, rng: np.random.Generator) -> float:
    """Mean delay (s) of an online policy that has a compiled form, each station deciding with a copy of it."""
    compiled = compiled_form(agents_of(policy, model.context_of(instance, "online"), rng))
    if compiled is None:
        raise TypeError(f"{type(policy).__name__} has no compiled form")
    decide, states = compiled
    state = single_state(instance, model.layout_of(instance).lengths["online"])
    n_tasks = len(instance["task_work"])
    delays = np.empty(n_tasks)
    episode.run(state, decide, states, np.zeros(len(states)), np.empty(n_tasks, np.int64), delays)
    return float(delays.mean())
