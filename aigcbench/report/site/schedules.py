"""The picture of the best schedule on an instance's page."""

from __future__ import annotations

from dataclasses import dataclass

from aigcbench.errors import InputError
from aigcbench.harness.store import Store
from aigcbench.problems.problem import canonical_decisions, problem_of
from aigcbench.report.site.charts import packed


@dataclass(frozen=True)
class Schedules:
    """Draws decisions that a store has.

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
        try:
            instance = self.store.instance(instance_sha256)
            problem = problem_of(instance)
            decisions = canonical_decisions(problem, self.store.decisions(key) or {})
            problem.check(instance, decisions)
        except InputError:
            return None
        return packed(problem.picture(instance, decisions))
