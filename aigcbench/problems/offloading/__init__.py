"""Offloading: AIGC tasks among the edge servers of base stations (LAD-TS)."""

from collections.abc import Mapping

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.formulation import Formulation
from aigcbench.problems.incident import Incident
from aigcbench.problems.offloading import model
from aigcbench.problems.problem import Problem


class OffloadingProblem(Formulation):
    """The formulation `offloading`: where queues aren't live, every station decides for itself."""

    def n_agents(self, instance: Instance, information: str) -> int:
        return model.n_agents(instance, information)

    def incidents(self, instance: Instance, decisions: Mapping[str, np.ndarray]) -> list[Incident]:
        return []  # every task is served in the end


PROBLEM: Problem = OffloadingProblem(model)
