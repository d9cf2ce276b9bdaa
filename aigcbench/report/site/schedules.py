"""What the pages tell about schedules: the picture of the best one on an instance, and what went wrong in others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aigcbench.errors import InputError
from aigcbench.harness.store import Store
from aigcbench.instance import Instance
from aigcbench.problems.incident import Incident
from aigcbench.problems.problem import canonical_decisions, problem_of
from aigcbench.report.site.charts import packed


@dataclass(frozen=True)
class Schedules:
    """Looks at decisions that a store has.

    Parameters
    ----------
    store
        Open for as long as pages are written.
    """

    store: Store

    def specification(self, instance_sha256: str, key: str) -> str | None:
        """The picture of a row's decisions, packed for a script element; None where they cannot be drawn.

        A store of somebody else may hold anything: what is unreadable or illegal has no picture.
        """
        legal = self._legal(instance_sha256, key)
        if legal is None:
            return None
        instance, decisions = legal
        return packed(problem_of(instance).picture(instance, decisions))

    def incidents(self, instance_sha256: str, key: str) -> list[Incident]:
        """What went wrong in a row's legal decisions; nothing where they cannot be looked at."""
        legal = self._legal(instance_sha256, key)
        return problem_of(legal[0]).incidents(*legal) if legal else []

    def _legal(self, instance_sha256: str, key: str) -> tuple[Instance, dict[str, np.ndarray]] | None:
        """An instance and a row's decisions on it; None where either is unreadable, or they are illegal."""
        try:
            instance = self.store.instance(instance_sha256)
            problem = problem_of(instance)
            decisions = canonical_decisions(problem, self.store.decisions(key) or {})
            problem.check(instance, decisions)
        except InputError:
            return None
        return instance, decisions
