"""What a checker's numbers mean (metrics) and one instance's result in them (score)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True)
class Metric:
    """One number that a checker computes.

    Parameters
    ----------
    name, unit, description
        ``unit`` is ``""`` for a pure number or a share.
    direction
        Whether ``up`` or ``down`` is good.
    headlines
        The leaderboard columns that it fills: ``utility`` marks the primary score, ``delay`` and ``crash rate`` the
        columns that every formulation shares; none for the rest.
    """

    name: str
    unit: str
    direction: Literal["up", "down"]
    description: str
    headlines: tuple[Literal["utility", "delay", "crash rate"], ...] = ()


@dataclass(frozen=True)
class Score:
    """What the checker computed from one instance and raw decisions.

    Parameters
    ----------
    definitions
        The formulation's metrics, in order.
    metrics
        A finite value for each of them.
    """

    definitions: tuple[Metric, ...]
    metrics: Mapping[str, float]

    def __post_init__(self) -> None:
        values = {metric.name: float(self.metrics[metric.name]) for metric in self.definitions}
        object.__setattr__(self, "metrics", MappingProxyType(values))

    def __getitem__(self, name: str) -> float:
        return self.metrics[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.metrics)

    @property
    def primary(self) -> float:
        """The value of the primary metric."""
        return self.metrics[primary_metric(self.definitions).name]


def primary_metric(metrics: tuple[Metric, ...]) -> Metric:
    """The one metric that ranks."""
    (primary,) = (metric for metric in metrics if "utility" in metric.headlines)
    return primary


def headline_metric(metrics: tuple[Metric, ...], headline: str) -> Metric | None:
    """The metric that fills a headline column, if the formulation has one."""
    return next((metric for metric in metrics if headline in metric.headlines), None)


def gap(score: float, bound: float) -> float:
    """Relative distance of a score from a proven bound: ``|score - bound| / max(|bound|, 1e-9)``, a share."""
    return abs(score - bound) / max(abs(bound), 1e-9)
