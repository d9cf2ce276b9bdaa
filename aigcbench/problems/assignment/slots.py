"""Slots of episodes that are refilled from a scenario: what the single and the batched environment have in common."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete

from aigcbench.errors import InputError
from aigcbench.instance import Instance
from aigcbench.problems.assignment import model, simulator
from aigcbench.scenario import Scenario, scenario_named

SPLITS = ("train", "validation")
ROOM = 1.25  # arrays grow by this factor, so that a batch of Poisson lengths soon stops growing


class Slots:
    """N episodes in one simulator state, each refilled with fresh draws of the scenario, and their spaces."""

    def __init__(self, scenario: str, observation: str, split: str, n: int) -> None:
        self._scenario, self._split = scenario_named(scenario), split
        if self._scenario.formulation != model.NAME:
            raise InputError("scenario", f"formulation {self._scenario.formulation}", model.NAME)
        if split not in SPLITS:
            raise InputError("split", repr(split), f"one of {', '.join(SPLITS)} (test is for the harness alone)")
        template = self._scenario.instance(0, split)
        self._layout = model.layout_of(template)
        if observation not in self._layout.lengths:
            raise InputError("observation", repr(observation), f"one of {', '.join(self._layout.lengths)}")
        length = self._layout.lengths[observation]
        servers, services, types, tasks = simulator.sizes_of(template)
        self._sizes = (servers, services, types, int(ROOM * tasks))
        self.state = simulator.empty_state(n, self._sizes, template["service_server"], length)
        self._names = [""] * n
        self.n_services = services
        self.n_actions = services + bool(template.parameters["reject_allowed"])
        self.action_space = Discrete(self.n_actions)
        low, high = np.zeros(self._layout.lengths["informed"]), np.ones(self._layout.lengths["informed"])
        self._layout["utility"].of(low)[...], self._layout["utility"].of(high)[...] = _utility_range(
            self._scenario, template
        )
        # float32 is what learners compute in; the kernel's float64 vector has to be copied out in any case, and rounding keeps
        # order, so that a value within its bound in float64 is within it in float32.
        self.observation_space = Box(low[:length].astype(np.float32), high[:length].astype(np.float32))

    def load(self, n: int, rng: np.random.Generator) -> None:
        """Draw a seed of the split from ``rng`` and put its instance into slot ``n``."""
        instance = self._scenario.instance(int(rng.integers(2**63 - 1)), self._split)
        tasks = len(instance["task_arrival"])
        if tasks > self._sizes[3]:
            self._sizes = (*self._sizes[:3], int(ROOM * tasks))
            self.state = _grown(self.state, self._sizes)
        scale = model.scale_of(instance, self._layout)
        simulator.load_episode(self.state, n, instance.parameters, instance.arrays, scale)
        self._names[n] = instance.name

    def observations(self) -> np.ndarray:
        """A fresh float32 copy (N, D) of the observations."""
        return self.state.vector.astype(np.float32)

    def services_of(self, actions: np.ndarray) -> np.ndarray:
        """Services (N,) int64 for actions of the space, -1 for the rejecting one; `InputError` for anything else."""
        if actions.dtype.kind not in "iu" or actions.shape != (len(self._names),):
            raise InputError("actions", f"{actions.dtype} of shape {actions.shape}", f"integers ({len(self._names)},)")
        illegal = (actions < 0) | (actions >= self.n_actions)
        if illegal.any():
            n = int(illegal.argmax())
            raise illegal_action(f"actions[{n}]", int(actions[n]), self.n_actions)
        services = actions.astype(np.int64)
        services[services == self.n_services] = simulator.NONE
        return services

    def outcome(self, n: int) -> dict[str, Any]:
        """What ``info`` says of the episode that ended in slot ``n``."""
        return {
            "utility": float(self.state.utility[n]),
            "crashes": int(self.state.crashes[n].sum()),
            "instance": self._names[n],
        }


def _grown(state: simulator.State, sizes: tuple[int, int, int, int]) -> simulator.State:
    """The same episodes in arrays with room for more tasks."""
    n, length = state.vector.shape
    larger = simulator.empty_state(n, sizes, state.service_server, length)
    for old, new in zip(state, larger, strict=True):
        new[tuple(slice(size) for size in old.shape)] = old
    return larger


def _utility_range(scenario: Scenario, template: Instance) -> tuple[float, float]:
    """Lowest and highest utility that any task can have on any service of any of the scenario's instances."""
    if scenario.fleet is None:
        grids = scenario.parameters
        quality = [grids["type_quality"]["low"], grids["type_quality"]["high"]]
        ay, by = grids["utility_ay"], grids["utility_by"]
        rises = [by["low"] - ay["high"], by["high"] - ay["low"]]
    else:
        line = template["utility_line"]
        quality, rises = template["type_quality"].ravel().tolist(), (line[:, 3] - line[:, 1]).tolist()
    weight = template.parameters["quality_weight"]
    slack = 1 + 1e-9  # the interpolated line may pass its end by a rounding error
    return weight * min(quality) + min(0.0, *rises) * slack, weight * max(quality) + max(0.0, *rises) * slack


def illegal_action(where: str, action: int, n_actions: int) -> InputError:
    """The error for an action outside the space."""
    return InputError(where, str(action), f"an action 0..{n_actions - 1}")
