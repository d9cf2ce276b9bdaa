"""Tunes a policy's numeric parameters on training instances of scenarios, by an evolution strategy."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aigcbench.card import ParameterCard, SolverCard
from aigcbench.discovery import load_module
from aigcbench.errors import InputError
from aigcbench.instance import Instance
from aigcbench.optimization.evolution import EvolutionStrategy
from aigcbench.problems.problem import score
from aigcbench.scenario import Scenario
from aigcbench.score import primary_metric
from aigcbench.tasks import play

SPREAD = 0.15
"""Of the first population, as a share of each parameter's range."""
OUTSIDE = 1.0
"""Loss per unit distance from the ranges, as a share of the score: the ranges hold, and the search is led back to them."""


@dataclass(frozen=True)
class Tuned:
    """What a generation of the search has found.

    Parameters
    ----------
    generation
        Generations so far; 0 is the start.
    parameters
        The best so far, every parameter.
    ratios
        Mean primary score by scenario with them, over that of the parameters at the start.
    """

    generation: int
    parameters: Mapping[str, Any]
    ratios: Mapping[str, float]


class Tuning:
    """A search over the parameters of a policy that have a finite range, on the training instances 0, 1, ... of scenarios.

    The centre of the search is what is reported, not its luckiest candidate. Equal arguments search alike.

    Parameters
    ----------
    card
        The policy.
    fixed
        Parameters that are not to be tuned.
    scenarios
        Where it is played; each counts alike, by its mean score over that at the start.
    seeds
        Training instances of each scenario.

    Raises
    ------
    InputError
        Where the solver is no policy, can't solve a scenario, or has nothing to tune.
    """

    def __init__(
        self, card: SolverCard, fixed: Mapping[str, Any], scenarios: Sequence[Scenario], seeds: int, seed: int = 0
    ) -> None:
        if card.kind != "policy":
            raise InputError(f"solver {card.name}", f"a {card.kind}", "a policy: nothing else is tuned")
        for scenario in scenarios:
            if not card.solves(scenario.formulation):
                expected = f"one for {scenario.formulation}, as {scenario.name} is"
                raise InputError(f"solver {card.name}", f"solves {', '.join(card.formulations)}", expected)
        self._free = [p for p in card.parameters if p.name not in fixed and is_tunable(p)]
        if not self._free:
            raise InputError(
                f"solver {card.name}", "nothing to tune", "a number with a finite minimum and maximum that is not given"
            )
        self._card = card
        self._start = card.validated(fixed)
        self._instances = {s.name: [s.instance(number, "train") for number in range(seeds)] for s in scenarios}
        self._policy_type: Callable[..., Any] = getattr(load_module(card.location), card.class_name)
        self._rng = np.random.default_rng(seed)
        self._reference = self._scores(self._start)

    def search(self, generations: int, seconds: float = math.inf) -> Iterator[Tuned]:
        """The start, then each improvement as it is found.

        ``seconds`` ends the search before its generations are over; what is found then depends on the machine.
        """
        began = time.monotonic()
        yield Tuned(0, self._start, dict.fromkeys(self._reference, 1.0))
        population = 4 + 2 * int(1.5 * math.log(len(self._free)))
        strategy = EvolutionStrategy(self._shares(self._start), SPREAD, population, self._rng)
        highest = self._value(strategy.mean)
        for generation in range(1, generations + 1):
            if time.monotonic() - began > seconds:
                break
            strategy.advance(self._value)
            value = self._value(strategy.mean)
            if value > highest:
                highest = value
                parameters = self._parameters(strategy.mean)
                yield Tuned(generation, parameters, self._ratios(parameters))

    def _value(self, shares: np.ndarray) -> float:
        """How good a point is, higher is better; points outside the ranges count as the nearest inside, and less."""
        outside = float(np.abs(shares - np.clip(shares, 0.0, 1.0)).sum())
        scores = self._scores(self._parameters(shares))
        gains = [
            self._sign * (scores[name] - reference) / abs(reference) for name, reference in self._reference.items()
        ]
        return float(np.mean(gains)) - OUTSIDE * outside

    def _ratios(self, parameters: Mapping[str, Any]) -> dict[str, float]:
        scores = self._scores(parameters)
        return {name: scores[name] / reference for name, reference in self._reference.items()}

    def _scores(self, parameters: Mapping[str, Any]) -> dict[str, float]:
        """Mean primary score by scenario."""
        return {
            name: float(np.mean([self._score(parameters, instance) for instance in instances]))
            for name, instances in self._instances.items()
        }

    def _score(self, parameters: Mapping[str, Any], instance: Instance) -> float:
        rng = np.random.Generator(np.random.PCG64(instance.seed))
        policy = self._policy_type(**parameters)
        judged = score(instance, play(policy, instance, policy.information, rng))
        self._sign = 1.0 if primary_metric(judged.definitions).direction == "up" else -1.0
        return judged.primary

    def _shares(self, parameters: Mapping[str, Any]) -> np.ndarray:
        """Where the free parameters lie in their ranges, 0 to 1."""
        return np.array([(parameters[p.name] - low) / (high - low) for p, low, high in self._ranges()])

    def _parameters(self, shares: np.ndarray) -> dict[str, Any]:
        """The parameters of a point."""
        chosen = dict(self._start)
        for (p, low, high), share in zip(self._ranges(), np.clip(shares, 0.0, 1.0), strict=True):
            value = low + float(share) * (high - low)
            chosen[p.name] = round(value) if p.type == "int" else float(f"{value:.4g}")
        return self._card.validated(chosen)

    def _ranges(self) -> list[tuple[ParameterCard, float, float]]:
        return [(p, float(p.minimum or 0.0), float(p.maximum or 0.0)) for p in self._free]


def is_tunable(parameter: ParameterCard) -> bool:
    """Whether a parameter is a number with a range to search."""
    return parameter.type in ("int", "float") and None not in (parameter.minimum, parameter.maximum)
