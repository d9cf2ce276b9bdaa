"""What an engine is: something that performs units of work on one machine or on many, as many at a time as there is room for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, Self, TypeVar

from aigcbench.harness.work import Performed, Work

W = TypeVar("W", bound=Work)


class Engine(Protocol):
    """Performs work. Every unit runs under the supervisor with its own limits, whatever the engine.

    Attributes
    ----------
    timed
        Whether units run one at a time, so that their times mean something.
    """

    timed: bool

    def perform(self, todo: Iterator[W]) -> Iterator[tuple[W, Performed]]:
        """Perform every unit once; yield each with what came of it, as they end.

        A unit is asked for when there is room for it. Raises `InfrastructureError` where one cannot be performed.
        """

    def close(self) -> None:
        """End what still runs, and every process of the engine."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...
