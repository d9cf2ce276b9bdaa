"""The picture of the best schedule on an instance's page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from aigcbench.errors import InputError
from aigcbench.harness.store import Store
from aigcbench.problems.problem import canonical_decisions, problem_of
from aigcbench.report.site.charts import script_json


@dataclass(frozen=True)
class Schedules:
    """Draws decisions that a store has.

    Parameters
    ----------
    store
        Open for as long as pages are written.
    """

    store: Store

    def specification(self, instance_sha256: str, key: str) -> Markup | None:
        """The picture of a row's decisions as JSON for a script element; None where they cannot be drawn.

        A store of somebody else may hold anything: what is unreadable or illegal has no picture.
        """
        try:
            instance = self.store.instance(instance_sha256)
            problem = problem_of(instance)
            decisions = canonical_decisions(problem, self.store.decisions(key) or {})
            problem.check(instance, decisions)
        except InputError:
            return None
        chart: Any = problem.picture(instance, decisions)
        return script_json(chart.to_dict())
