"""Assignment: ASP selection (D2SAC) and multi-service orchestration (ADSAC)."""

from aigcbench.problems.assignment import model
from aigcbench.problems.formulation import Formulation
from aigcbench.problems.problem import Problem


class AssignmentProblem(Formulation):
    """The formulation `assignment`."""

    simulated_in = "simulator"


PROBLEM: Problem = AssignmentProblem(model)
