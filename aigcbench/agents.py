"""The agents of an episode: one policy, or a copy for each station of a decentralised scenario."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from aigcbench.observation import Context
from aigcbench.solver import Policy


def agents_of(
    policy: Policy, context: Context, rng: np.random.Generator, another: Callable[[], Policy] | None = None
) -> list[Policy]:
    """A policy for each agent of an episode, all reset; a single agent is ``policy`` itself.

    Each gets its own place (`Context.agent`) and its own random stream.

    Parameters
    ----------
    another
        Makes a further agent's policy. By default it is a deep copy: agents then share their class and its module, and what
        is kept there passes from one to another.
    """
    another = another or (lambda: copy.deepcopy(policy))
    agents = [policy] + [another() for _ in range(context.n_agents - 1)]
    streams = [rng] if context.n_agents == 1 else rng.spawn(context.n_agents)
    for place, (agent, stream) in enumerate(zip(agents, streams, strict=True)):
        agent.reset(dataclasses.replace(context, agent=place), stream)
    return agents


def compiled_form(agents: Sequence[Policy]) -> tuple[Any, np.ndarray] | None:
    """The compiled form of agents that were reset: one function, and their states (float64, agents x n); None if none."""
    forms = [agent.compiled() for agent in agents]
    decides, states = zip(*[form for form in forms if form is not None], strict=True) if all(forms) else ((), ())
    return (decides[0], np.stack(states).astype(np.float64)) if decides else None
