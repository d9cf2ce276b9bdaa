"""Flow: scheduling of AIGC flows over gateways to one edge server (diffusion-DRL flow scheduling)."""

from __future__ import annotations

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.flow import model
from aigcbench.problems.formulation import Formulation
from aigcbench.problems.problem import Problem


class FlowProblem(Formulation):
    """The formulation `flow`."""

    def simple_plans(self, instance: Instance) -> list[np.ndarray]:
        plans: list[np.ndarray] = self.module("plans").simple_plans(instance)
        return plans


PROBLEM: Problem = FlowProblem(model)
