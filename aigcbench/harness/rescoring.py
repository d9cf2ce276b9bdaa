"""Every score of a store computed once more from the decisions, by one process or several."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

import numpy as np

from aigcbench.errors import InvalidDecisions
from aigcbench.harness.store import Store
from aigcbench.instance import Instance
from aigcbench.problems.problem import score

Claim = tuple[str, str, dict[str, Any] | None, dict[str, np.ndarray] | None]
"""Of a row: key, label, stored metrics, decisions."""


@dataclass(frozen=True)
class Difference:
    """A row whose stored score is not what its decisions give: another metric, or a score too many or too few."""

    key: str
    solver: str
    instance: str

    def as_dict(self) -> dict[str, str]:
        """Its fields."""
        return asdict(self)


def rescore(store: Store, jobs: int = 1) -> tuple[int, list[Difference]]:
    """Number of rows, and those that differ, in the order of the store.

    Parameters
    ----------
    jobs
        Processes to check with; each takes an instance with all its rows at a time.
    """
    count, different = 0, []
    for rows, found in _by_instance(store, jobs):
        count += rows
        different += found
    return count, different


def _by_instance(store: Store, jobs: int) -> Iterator[tuple[int, list[Difference]]]:
    groups = _claims(store)
    if jobs == 1:
        yield from (_differences(*group) for group in groups)
        return
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        waiting: deque[Future[tuple[int, list[Difference]]]] = deque()
        for group in groups:
            waiting.append(pool.submit(_differences, *group))
            if len(waiting) > 2 * jobs:  # decisions of a whole store may not fit into memory
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _claims(store: Store) -> Iterator[tuple[Instance, list[Claim]]]:
    """Every instance with its rows."""
    for sha256, rows in groupby(store.decided(), key=lambda row: row[2]):
        yield store.instance(sha256), [(key, label, metrics, decisions) for key, label, _, metrics, decisions in rows]


def _differences(instance: Instance, claims: list[Claim]) -> tuple[int, list[Difference]]:
    return len(claims), [
        Difference(key, label, instance.name)
        for key, label, metrics, decisions in claims
        if _metrics(instance, decisions) != metrics
    ]


def _metrics(instance: Instance, decisions: dict[str, np.ndarray] | None) -> dict[str, float] | None:
    """What the checker computes; None where there are no decisions, or illegal ones."""
    try:
        return dict(score(instance, decisions).metrics) if decisions is not None else None
    except InvalidDecisions:
        return None
