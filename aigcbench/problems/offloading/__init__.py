"""Offloading: AIGC tasks among the edge servers of base stations (LAD-TS)."""

from aigcbench.instance import Instance
from aigcbench.problems.formulation import Formulation
from aigcbench.problems.offloading import model
from aigcbench.problems.problem import Problem


class OffloadingProblem(Formulation):
    """The formulation `offloading`: where queues aren't live, every station decides for itself."""

    def n_agents(self, instance: Instance, information: str) -> int:
        return model.n_agents(instance, information)


PROBLEM: Problem = OffloadingProblem(model)
