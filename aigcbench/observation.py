"""What a policy sees: one flat float64 vector with named views on the same memory, and the context of an episode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class View:
    """A named part of the observation vector: entries ``start, start + stride, ...``.

    Parameters
    ----------
    name, unit, description
        E.g. ``free_steps``, ``steps``.
    start, count, stride
        Where its entries are; ``count`` None means a single number.
    """

    name: str
    unit: str
    description: str
    start: int
    count: int | None = None
    stride: int = 1

    def of(self, vector: np.ndarray) -> np.ndarray:
        """This part of ``vector`` (last axis), without a copy."""
        if self.count is None:
            return vector[..., self.start]
        return vector[..., self.start : self.start + self.count * self.stride : self.stride]


@dataclass(frozen=True)
class Layout:
    """Names and sizes of an observation vector; the paper's observation is a prefix of the online one, that of the informed.

    Parameters
    ----------
    views
        The named parts, in order.
    lengths
        Vector length for ``paper``, ``online`` and ``informed``.
    """

    views: tuple[View, ...]
    lengths: Mapping[str, int]

    def __getitem__(self, name: str) -> View:
        return next(view for view in self.views if view.name == name)


class Observation:
    """The observation of the current request, in physical units.

    Parameters
    ----------
    vector
        Float64, its length one of the layout's. The same memory is filled anew for every request: copy what you keep.
    layout
        Names of its parts: ``observation.free_steps`` is a view on ``vector``, ``observation.task_steps`` a number.
    """

    vector: np.ndarray

    def __init__(self, vector: np.ndarray, layout: Layout) -> None:
        self.vector = vector
        self._starts = {}
        for view in layout.views:
            if view.start >= len(vector):
                continue
            if view.count is None:
                self._starts[view.name] = view.start
            else:
                self.__dict__[view.name] = view.of(vector)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.vector[self.__dict__["_starts"][name]]
        except KeyError:
            raise AttributeError(f"this observation has no part '{name}'") from None


@dataclass(frozen=True)
class Context:
    """What any operator knows before an episode.

    Parameters
    ----------
    formulation, scenario, information
        Names; ``information`` is the policy's class.
    n_actions
        Actions 0..n_actions-1 are services (assignment), servers (offloading), ...; 0 where an action is an array.
    reject_allowed
        Whether -1 is a legal action.
    layout, scale
        Names of the observation's entries; what each is divided by for a learner (float64, same length).
    parameters, arrays
        Scenario parameters and fleet arrays, read as ``context["server_capacity"]``; never utilities unless informed.
    action_shape
        Shape of one action where it is an array; ``()`` for an index.
    agent, n_agents
        Where a scenario is decentralised, each of ``n_agents`` copies of the policy sees its own requests only.
    """

    formulation: str
    scenario: str
    information: str
    n_actions: int
    reject_allowed: bool
    layout: Layout
    scale: np.ndarray = field(repr=False)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict, repr=False)
    action_shape: tuple[int, ...] = ()
    agent: int = 0
    n_agents: int = 1

    def __getitem__(self, name: str) -> Any:
        return self.arrays[name] if name in self.arrays else self.parameters[name]

    @property
    def observation_length(self) -> int:
        """Length of the observation vector of this policy."""
        return self.layout.lengths[self.information]
